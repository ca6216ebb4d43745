"""Who opened or exported whom, and what for."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from privacy.forms.looks import LooksForm
from privacy.selectors import looks as read
from privacy.views.parts import customer_url, page
from tenancy.models import AccessEntry
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors.audit import names_of_actors, names_of_subjects
from tenancy.selectors.keyset import newest_first
from tenancy.selectors.members import members_here

HERE = "privacy_looks"


@requires("tenancy.view_audit")
@require_safe
def looks(request: TenantRequest) -> HttpResponse:
    """The log, narrowed by who, whose, what and when; beside it the hours in which somebody opened very many."""
    form = _form(request)
    asked = _asked(form)
    found = newest_first(read.looks(asked), by="at", cursor=request.GET.get("at", ""))
    bursts = read.bursts(now=timezone.now()) if not form.cleaned_data.get("customer") else []
    names = names_of_actors([*(row.actor for row in found.rows), *(burst.actor for burst in bursts)])
    subjects = names_of_subjects([*(row.subject_id for row in found.rows), asked.customer_id])
    given = {key: str(value) for key, value in form.data.items() if value and key in form.fields}
    url = url_in(request, HERE)
    context: dict[str, Any] = {
        "rows": [_look(request, row, names, subjects) for row in found.rows],
        "bursts": [_burst(burst, names, url) for burst in bursts], "many": read.MANY,
        "filter_form": form, "clear_url": url, "chips": _chips(form, given, url, subjects),
        "pager": {
            "edges": f"{len(found.rows)} looks, newest first",
            "earlier_url": f"{url}?{urlencode(given | {'at': found.earlier})}" if found.earlier else "",
            "later_url": f"{url}?{urlencode(given | {'at': found.later})}" if found.later else "",
        },
    }  # fmt: skip
    return page(request, "looks", HERE, **context)


def _form(request: TenantRequest) -> LooksForm:
    actors = [(f"member:{row.id}", row.name) for row in [*members_here(), *members_here(left=True)]]
    views = [(view, view) for view in read.kinds_of_looks(now=timezone.now())]
    form = LooksForm(request.GET, actors=actors, views=views)
    form.is_valid()
    return form


def _asked(form: LooksForm) -> read.Asked:
    given = form.cleaned_data
    return read.Asked(
        given.get("actor", ""),
        given.get("customer"),
        given.get("view", ""),
        given.get("day"),
        given.get("hour"),
    )


def _chips(
    form: LooksForm, given: dict[str, str], url: str, subjects: dict[Any, str]
) -> list[dict[str, str]]:
    chips = []
    for name, value in given.items():
        clean = form.cleaned_data.get(name)
        if not clean:
            continue
        words = dict(getattr(form.fields[name], "choices", [])).get(value, value)
        if name == "customer":
            words = subjects.get(clean, "somebody who is gone")
        if name == "hour":
            words = f"{timezone.localtime(clean):%-d %b %Y, %H:00}"
        rest = urlencode({key: other for key, other in given.items() if key != name})
        label = {"customer": "Whose", "hour": "In the hour from"}.get(
            name, str(form.fields[name].label or name.title())
        )
        chips.append({"label": label, "value": str(words), "remove_url": f"{url}?{rest}"})
    return chips


def _burst(burst: read.Burst, names: dict[str, str], url: str) -> dict[str, Any]:
    query = urlencode({"actor": burst.actor, "hour": burst.hour.isoformat("T", "seconds")})
    who = names.get(burst.actor, "the system")
    return {"who": who, "hour": burst.hour, "customers": burst.customers, "url": f"{url}?{query}"}


def _look(
    request: TenantRequest, row: AccessEntry, names: dict[str, str], subjects: dict[Any, str]
) -> dict[str, Any]:
    known = row.subject_id in subjects
    gone = "somebody who is gone" if row.subject_id else "many"
    return {
        "at": row.at, "who": names.get(row.actor, "the system"), "view": row.view, "purpose": row.purpose,
        "allowed": row.allowed, "subject": subjects[row.subject_id] if known else gone,
        "url": customer_url(request, row.subject_id) if known and row.subject_id else "",
        "theirs_url": f"{url_in(request, HERE)}?customer={row.subject_id}" if row.subject_id else "",
    }  # fmt: skip
