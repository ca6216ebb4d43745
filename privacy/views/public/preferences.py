"""A person's own page: yes or no by purpose and channel, a pause, and nothing any more."""

from django.http import HttpResponse
from django.utils import timezone

from privacy.selectors.choices import choices_of
from privacy.selectors.holders import Holder, holder_of
from privacy.services.choices import PAUSES, Said, choose, months_later, refuse_everything
from privacy.services.signals import note_privacy_signal, says_no
from privacy.views.public.page import gone, opened_by, show
from tenancy.links import Kind
from tenancy.public import PublicRequest, language_of

ANSWER, BEFORE = "say.", "was."


@opened_by(Kind.PREFERENCES)
def preferences(request: PublicRequest) -> HttpResponse:
    holder = holder_of(request.link)
    if holder.customer is None:
        return gone(request, holder)
    if says_no(request.headers):
        note_privacy_signal(customer_id=holder.customer.id)
    done = _act(request, holder) if request.method == "POST" else ""
    if holder.point is None:
        return show(request, "public/moved.html", {"done": done}, holder=holder)
    language = language_of(request, holder.language)
    choices = choices_of(holder.customer, holder.point, [language])
    now = timezone.now()
    context = {
        "done": done,
        "choices": choices,
        "channels": choices.by_channel(),
        "pauses": [(months, months_later(now, months)) for months in PAUSES],
        "token": request.link.token,
    }
    return show(request, "public/preferences.html", context, holder=holder)


def _act(request: PublicRequest, holder: Holder) -> str:
    """Do what was pressed; which words say so."""
    language = language_of(request, holder.language)
    assert holder.customer is not None
    if request.POST.get("do") == "nothing":
        refuse_everything(customer=holder.customer, point=holder.point, language=language)
        return "done_nothing"
    if holder.point is None:
        return ""
    said = _said(request, language)
    return (
        "done_saved" if choose(customer=holder.customer, point=holder.point, said=said) else "done_unchanged"
    )


def _said(request: PublicRequest, language: str) -> Said:
    fields = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    pause = fields.get("pause", "")
    return Said(
        answers={name.removeprefix(ANSWER): v for name, v in fields.items() if name.startswith(ANSWER)},
        before={name.removeprefix(BEFORE): v for name, v in fields.items() if name.startswith(BEFORE)},
        language=language,
        pause=int(pause) if pause in {"0", *map(str, PAUSES)} else None,
    )
