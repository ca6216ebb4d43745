"""Who changed what. Who looked at whom is shown by privacy."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import NoReverseMatch
from django.views.decorators.http import require_safe

from tenancy.forms import AuditFilterForm
from tenancy.models import AuditEntry
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors import audit as read
from tenancy.selectors.keyset import Page, newest_first
from tenancy.selectors.members import members_here
from tenancy.views.settings import page

HERE = "audit"
DID = {"insert": "made", "update": "changed", "delete": "took away"}


@requires("tenancy.view_audit")
@require_safe
def audit(request: TenantRequest) -> HttpResponse:
    form = _form(request)
    found = newest_first(read.changes(_filters(form)), by="at", cursor=request.GET.get("at", ""))
    names = read.names_of_actors(row.actor for row in found.rows)
    pointed_at = read.names_of_rows(found.rows)
    rows = [_change(row, names, pointed_at) for row in found.rows]
    return page(request, "audit", HERE, rows=rows, **_around(request, form, found, HERE))


def _form(request: TenantRequest) -> AuditFilterForm:
    actors = [(f"member:{row.id}", row.name) for row in [*members_here(), *members_here(left=True)]]
    form = AuditFilterForm(request.GET, tables=read.audited_tables(), actors=actors)
    form.is_valid()
    return form


def _filters(form: AuditFilterForm) -> read.Filters:
    given = form.cleaned_data
    return read.Filters(given.get("table", ""), given.get("actor", ""), form.day_asked())


def _around(request: TenantRequest, form: AuditFilterForm, found: Page[Any], name: str) -> dict[str, Any]:
    """Filters, pager and the two views of the log."""
    url = url_in(request, name)
    asked = {key: str(value) for key, value in form.cleaned_data.items() if value}
    return {
        "filter_form": form, "clear_url": url, "filters": _chips(form, asked, url),
        "views": [{"label": "Changes", "url": url, "active": True}, *_log_of_looks(request)],
        "pager": {
            "edges": f"{len(found.rows)} entries, newest first",
            "earlier_url": f"{url}?{urlencode(asked | {'at': found.earlier})}" if found.earlier else "",
            "later_url": f"{url}?{urlencode(asked | {'at': found.later})}" if found.later else "",
        },
    }  # fmt: skip


def _chips(form: AuditFilterForm, asked: dict[str, str], url: str) -> list[dict[str, str]]:
    chips = []
    for name, value in asked.items():
        field = form.fields[name]
        words = dict(getattr(field, "choices", [])).get(value, value)
        rest = urlencode({key: other for key, other in asked.items() if key != name})
        label = str(field.label or name.capitalize())
        chips.append({"label": label, "operator": "is", "value": str(words), "remove_url": f"{url}?{rest}"})
    return chips


def _change(row: AuditEntry, names: dict[str, str], pointed_at: dict[str, str]) -> dict[str, Any]:
    what = f"{DID.get(row.action, row.action)} {read.words_of_table(row.table)}"
    return {
        "at": row.at, "who": names.get(row.actor, "the system"), "what": what, "of": read.name_of_row(row, pointed_at),
        "differences": read.differences_of(row, pointed_at), "note": read.note_in_words(row, pointed_at),
    }  # fmt: skip


def _log_of_looks(request: TenantRequest) -> list[dict[str, Any]]:
    """The other log, which privacy shows."""
    try:
        return [{"label": "Who looked at whom", "url": url_in(request, "privacy_looks"), "active": False}]
    except NoReverseMatch:
        return []
