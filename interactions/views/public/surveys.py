"""The page on which somebody answers how it was. Mail programs open links too: only the button keeps an answer."""

from django.http import HttpResponse

from interactions.models import SurveyAsk
from interactions.scales import SCALES, scores_of
from interactions.selectors.surveys import ask_of_link
from interactions.services.holding import CustomerRefused
from interactions.services.survey_answers import MOST, answer_survey
from interactions.services.survey_asks import open_until
from interactions.services.surveys import SurveyRefused
from privacy.selectors.holders import Holder
from privacy.selectors.purposes import sender
from privacy.views.public.page import gone, opened_by, show
from tenancy.links import Kind
from tenancy.public import PublicRequest
from tenancy.requests import whole_number


@opened_by(Kind.SURVEY)
def survey(request: PublicRequest) -> HttpResponse:
    ask = ask_of_link(request.link)
    if ask is None:
        return gone(request, Holder(None, None))
    holder = Holder(ask.customer, None)
    wrong = ""
    if request.method == "POST":
        try:
            score = _score(ask, str(request.POST.get("score", "")))
            answer_survey(ask=ask, score=-1 if score is None else score, text=_words(request))
        except CustomerRefused:
            return show(request, "public/survey_closed.html", holder=holder)
        except SurveyRefused as refused:
            if refused.code == "closed":
                return show(request, "public/survey_closed.html", holder=holder)
            wrong = "survey_choose" if refused.field == "score" else "survey_long"
        ask = ask_of_link(request.link) or ask
    return show(
        request,
        "public/survey.html",
        _context(request, ask, wrong),
        holder=holder,
        status=422 if wrong else 200,
    )


def _context(request: PublicRequest, ask: SurveyAsk, wrong: str) -> dict[str, object]:
    """What is chosen: what was just sent, else what a link in the letter says, else the answer that is there."""
    answer = getattr(ask, "answer", None)
    kept = answer.score if answer else None
    said = request.POST.get("score", "") if wrong else request.GET.get("score", "")
    asked = _score(ask, str(said)) if request.method != "POST" or wrong else None
    low, high = SCALES[ask.survey.kind]
    return {
        "ask": ask, "company": sender().sender_name, "scores": scores_of(ask.survey.kind),
        "chosen": kept if asked is None else asked, "low": low, "high": high, "most": MOST,
        "low_key": f"survey_{ask.survey.kind}_low", "high_key": f"survey_{ask.survey.kind}_high",
        "text": _words(request) if wrong else (answer.text if answer else ""),
        "is_answered": answer is not None, "done": request.method == "POST" and not wrong, "wrong": wrong,
        "until": open_until(ask),
    }  # fmt: skip


def _score(ask: SurveyAsk, said: str) -> int | None:
    score = whole_number(said)
    return score if score in scores_of(ask.survey.kind) else None


def _words(request: PublicRequest) -> str:
    return str(request.POST.get("text", "")).replace("\x00", "").replace("\r\n", "\n")
