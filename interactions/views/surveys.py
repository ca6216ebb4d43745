"""Surveys in the settings, and what their answers say."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interactions.forms.surveys import SurveyForm, first_values
from interactions.selectors import surveys as read
from interactions.services.surveys import SurveyRefused, save_survey
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.views.settings import form_page, page

HERE = "surveys"
MANAGE = "interactions.manage_catalogues"


@requires(MANAGE)
@require_safe
def surveys(request: TenantRequest) -> HttpResponse:
    rows = [{"survey": one, "url": url_in(request, "survey", one.id)} for one in read.surveys()]
    figures = request.access.may("interactions.view_figures")
    return page(
        request, "surveys", HERE, rows=rows, new_url=url_in(request, "survey_new"),
        figures_url=url_in(request, "satisfaction") if figures else "",
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def survey_new(request: TenantRequest) -> HttpResponse:
    form = SurveyForm(request.POST or None)
    if request.method == "POST" and saved(form, lambda _: save_survey(terms=form.terms()), SurveyRefused):
        messages.success(request, f"The survey {form.cleaned_data['name']} is there.")
        return redirect(url_in(request, HERE))
    return form_page(
        request, HERE, title="New survey", sentence="A short question after a contact, by e-mail.", form=form,
        save="Add it",
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: TenantRequest, survey_id: UUID) -> HttpResponse:
    found = read.survey_here(survey_id)
    if found is None:
        raise Http404
    form = SurveyForm(request.POST or None, initial=first_values(found))
    if request.method == "POST" and saved(
        form, lambda _: save_survey(terms=form.terms(), survey=found), SurveyRefused
    ):
        messages.success(request, f"Saved: {form.cleaned_data['name']}. It counts for contacts from now on.")
        return redirect(url_in(request, HERE))
    return form_page(
        request,
        HERE,
        title=found.name,
        sentence="Changes count for contacts from now on.",
        form=form,
        save="Save",
    )


@requires("interactions.view_figures")
@require_safe
def satisfaction(request: TenantRequest) -> HttpResponse:
    manages = request.access.may(MANAGE)
    return render(request, "interactions/surveys/figures.html", {
        "figures": read.figures(request.access), "surveys_url": url_in(request, HERE) if manages else "",
    })  # fmt: skip


@requires("interactions.view_figures")
@require_safe
def satisfaction_answers(request: TenantRequest, survey_id: UUID) -> HttpResponse:
    """What a figure counts: the answers behind it, as far as this member sees their customers."""
    found = read.survey_here(survey_id)
    if found is None:
        raise Http404
    month = _month(request.GET.get("month", ""))
    answers = read.answers_page(request.access, found, month, request.GET.get("after", ""))
    here = f"{url_in(request, 'satisfaction_answers', found.id)}?month={month:%Y-%m}&" if month else "?"
    return render(request, "interactions/surveys/answers.html", {
        "survey": found, "month": month, "answers": answers, "not_asked": read.not_asked(found),
        "satisfaction_url": url_in(request, "satisfaction"),
        "later_url": f"{here}after={answers.page.later}" if answers.page.later else "",
    })  # fmt: skip


def _month(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  (a month has no zone)
    except ValueError:
        return None
