"""Templates, and which wording fits whom."""

from collections.abc import Sequence
from uuid import UUID

from interactions.models import Template, TemplateVersion
from tenancy.wording import language_for


def templates(*, archived: bool = False) -> list[Template]:
    """By name; with those that are not used any more last, if asked for."""
    rows = Template.objects.order_by("archived_at", "name")
    found = list(rows if archived else rows.filter(archived_at=None))
    return sorted(found, key=lambda one: (one.archived_at is not None, one.name.lower()))


def template_here(template_id: UUID) -> Template | None:
    return Template.objects.filter(id=template_id).first()


def wordings(template: Template) -> list[TemplateVersion]:
    """Every wording, newest first."""
    return list(TemplateVersion.objects.filter(template=template).order_by("-at", "-id"))


def wordings_now(template: Template) -> dict[str, TemplateVersion]:
    """Language -> its newest wording."""
    rows = TemplateVersion.objects.filter(template=template).order_by("language", "-number")
    return {one.language: one for one in rows.distinct("language")}


def fitting_wording(template: Template, languages: Sequence[str]) -> TemplateVersion | None:
    """The newest wording in the first of the languages that it has, else in any."""
    now = wordings_now(template)
    for language in languages:
        if (found := now.get(language_for([language]))) and language:
            return found
    return now.get("en") or next(iter(now.values()), None)


def languages_of_templates() -> dict[UUID, list[str]]:
    """Id of a template -> the languages that it is worded in."""
    found: dict[UUID, list[str]] = {}
    rows = TemplateVersion.objects.order_by("language").values_list("template_id", "language").distinct()
    for template_id, language in rows:
        found.setdefault(template_id, []).append(language)
    return found


def wording_here(wording_id: UUID) -> TemplateVersion | None:
    return TemplateVersion.objects.filter(id=wording_id).first()
