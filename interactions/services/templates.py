"""Texts for many, in versions: what was sent keeps the version it was made from."""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from interactions.models import Template, TemplateVersion
from interactions.services.authors import Author
from interactions.services.messages import MOST, WAYS, writable_purpose
from interactions.services.refusals import Refused, require_text
from interactions.wording import FIELDS, wrong_fields
from tenancy.wording import LANGUAGES

MOST_VERSIONS: Final = 1_000


class TemplateRefused(Refused):
    """The template cannot be so."""


@dataclass(frozen=True)
class Words:
    """One wording: subject and body with fields, in a language."""

    language: str
    subject: str
    body: str


def add_template(
    *, name: str, channel: str, purpose: str, words: Words, by: Author, has_promotion: bool = False
) -> Template:
    """A new template with its first wording. Raises TemplateRefused and MessageRefused."""
    if channel not in WAYS:
        raise TemplateRefused(f"Choose one of {', '.join(WAYS)}.", field="channel")
    made = Template(
        name=_name(name), channel=channel, purpose=writable_purpose(purpose).key, has_promotion=has_promotion
    )
    with transaction.atomic():
        _save(made)
        word_template(template=made, words=words, by=by)
    return made


def change_template(*, template: Template, name: str, purpose: str, has_promotion: bool) -> Template:
    """What stays the same in every wording. Raises TemplateRefused and MessageRefused."""
    template.name, template.purpose = _name(name), writable_purpose(purpose).key
    template.has_promotion, template.version = has_promotion, template.version + 1
    _save(template)
    return template


def word_template(*, template: Template, words: Words, by: Author) -> TemplateVersion:
    """The next wording in a language; the same words again are the wording that is there. Raises TemplateRefused."""
    checked = _checked(template.channel, words)
    with transaction.atomic():
        Template.objects.select_for_update().get(id=template.id)
        rows = TemplateVersion.objects.filter(template=template, language=checked.language)
        last = rows.order_by("-number").first()
        if last and (last.subject, last.body) == (checked.subject, checked.body):
            return last
        return TemplateVersion.objects.create(
            template=template, language=checked.language, subject=checked.subject, body=checked.body,
            number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1, at=timezone.now(), author=by.actor,
            author_name=by.name[:120],
        )  # fmt: skip


def archive_template(*, template: Template) -> None:
    """Nobody writes with it any more; what was written stays."""
    Template.objects.filter(id=template.id, archived_at=None).update(archived_at=timezone.now())


def restore_template(*, template: Template) -> None:
    Template.objects.filter(id=template.id).update(archived_at=None)


def _name(name: str) -> str:
    return require_text(TemplateRefused, name, field="name", most=80, least=1)


def _save(template: Template) -> None:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise TemplateRefused("There is a template of that name already.", field="name") from error


def _checked(channel: str, words: Words) -> Words:
    if words.language not in LANGUAGES:
        raise TemplateRefused(f"Choose one of {', '.join(LANGUAGES)}.", field="language")
    subject = " ".join(require_text(TemplateRefused, words.subject, field="subject", most=200).split())
    body = require_text(TemplateRefused, words.body, field="body", most=MOST[channel], least=1)
    if channel == "email" and not subject:
        raise TemplateRefused("An e-mail needs a subject.", field="subject")
    for field, text in (("subject", subject), ("body", body)):
        if wrong := wrong_fields(text):
            raise TemplateRefused(
                f"There is no field {{{{ {wrong[0]} }}}}. Fields are {', '.join(FIELDS)}.", field=field
            )
    return Words(words.language, subject, body)
