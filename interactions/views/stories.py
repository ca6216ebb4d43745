"""Stories: read, told from a customer's page, thanked for and hidden."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Customer
from crm.selectors.scope import visible_customer
from crm.views.gates import card_or_404
from interactions.forms.stories import StoryForm
from interactions.models import Story
from interactions.selectors import stories as read
from interactions.selectors.interactions import visible_interaction
from interactions.selectors.need_kinds import need_kinds
from interactions.services.authors import author_of
from interactions.services.refusals import Refused
from interactions.services.stories import hide_story, may_hide, tell_story, thank_story
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, member_of, url_in

TELL = "interactions.tell_story"
MANAGE = "interactions.manage_catalogues"


@requires(TELL)
@require_safe
def stories(request: TenantRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "")[:100]
    tag, kind = request.GET.get("tag", "").replace("\x00", "")[:40], request.GET.get("kind", "")
    kind_id = id_or_404(kind) if kind else None
    page = read.stories_page(words, tag, kind_id, request.GET.get("after", ""))
    asked = {name: value for name, value in (("q", words), ("tag", tag), ("kind", kind)) if value}
    here = url_in(request, "stories")
    return render(request, "interactions/stories/list.html", {
        "lines": read.lines_of(request.access, page.rows), "words": words, "tag": tag, "kind": kind,
        "kinds": [(str(one.id), one.name) for one in need_kinds()], "here": here, "is_narrow": bool(asked),
        "later_url": f"{here}?{urlencode({**asked, 'after': page.later})}" if page.later else "",
    })  # fmt: skip


@requires(TELL)
@require_safe
def story(request: TenantRequest, story_id: UUID) -> HttpResponse:
    found = _or_404(story_id)
    [line] = read.lines_of(request.access, [found])
    hides = may_hide(found, author_of(request.access), request.access.may(MANAGE))
    return render(request, "interactions/stories/show.html", {
        "line": line, "story": found, "stories_url": url_in(request, "stories"),
        "customer_url": url_in(request, "customer", line.customer.id) if line.customer else "",
        "act_url": url_in(request, "story_act", found.id), "may_hide": hides,
    })  # fmt: skip


@requires(TELL)
@require_POST
def story_act(request: TenantRequest, story_id: UUID) -> HttpResponse:
    """Thanks, or hide."""
    found = _or_404(story_id)
    if request.POST.get("do") == "thanks":
        thank_story(story=found, member=member_of(request))
        return redirect(url_in(request, "story", found.id))
    try:
        hide_story(story=found, by=author_of(request.access), may_all=request.access.may(MANAGE))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(url_in(request, "story", found.id))
    messages.success(request, "Hidden. Nobody reads it any more.")
    return redirect(url_in(request, "stories"))


@requires(TELL)
@require_http_methods(["GET", "HEAD", "POST"])
def story_tell(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Tell one about a customer; `?contact=` names the contact it began with."""
    customer = _customer(request, customer_id)
    form = StoryForm(request.POST or None, kinds=need_kinds(), name=customer.name)
    contact_id = _contact(request, customer)

    if request.method == "POST" and saved(
        form,
        lambda _: tell_story(
            told=form.told(), by=author_of(request.access), customer=customer, interaction_id=contact_id
        ),
        Refused,
    ):
        messages.success(
            request, "Told. Colleagues find it under Stories, and beside customers who need the same."
        )
        return redirect(url_in(request, "stories"))
    seen = visible_customer(request.access, customer.id) and request.access.may("crm.view_customer")
    return render(request, "interactions/stories/tell.html", {
        "form": form, "save": "Tell it", "stories_url": url_in(request, "stories"),
        "cancel_url": url_in(request, "customer" if seen else "service_card", customer.id),
    }, status=422 if form.errors else 200)  # fmt: skip


def _customer(request: TenantRequest, customer_id: UUID) -> Customer:
    return visible_customer(request.access, customer_id) or card_or_404(request, customer_id)


def _contact(request: TenantRequest, customer: Customer) -> UUID | None:
    named = request.GET.get("contact", "")
    found = visible_interaction(request.access, id_or_404(named)) if named else None
    return found.id if found and found.customer_id == customer.id else None


def _or_404(story_id: UUID) -> Story:
    found = read.story_here(story_id)
    if found is None:
        raise Http404
    return found
