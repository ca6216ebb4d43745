"""Hand-overs: reading one, and the words that somebody adds."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.views.gates import record_or_404
from interactions.selectors import hand_overs as read
from interactions.services.hand_overs import add_words, read_hand_over
from interactions.services.refusals import Refused
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, member_of, url_in


@requires("interactions.view")
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: TenantRequest, customer_id: UUID, hand_over_id: UUID) -> HttpResponse:
    """GET shows it, POST says that it was read."""
    found = read.visible_hand_over(request.access, customer_id, hand_over_id)
    if found is None:
        raise Http404
    mine = read.answers_for(request.access, found)
    if request.method == "POST":
        if not mine:
            raise Http404
        read_hand_over(hand_over=found, by=member_of(request))
        messages.success(request, f"Read: what was passed on about {found.customer.name}")
        return redirect(url_in(request, "customer", customer_id))
    return render(request, "interactions/hand_overs/show.html", {
        "hand_over": found, "customer": found.customer, "chapters": read.chapters_for(request.access, found),
        "may_read": mine and found.read_at is None, "customer_url": url_in(request, "customer", customer_id),
    })  # fmt: skip


@requires("portfolios.transfer_customer")
@require_safe
def hand_over_preview(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """What the next manager would be told, for the dialog that transfers."""
    found = record_or_404(request, customer_id)
    said = read.would_be_passed_on(found.id)
    return render(request, "interactions/hand_overs/_preview.html", {"said": said})


@requires(ANY_MEMBER)
@require_POST
def hand_over_words(request: TenantRequest, transfer_id: UUID, customer_id: UUID) -> HttpResponse:
    """Words for the next manager, from who had the customer or moved them."""
    transfer = read.transfer_here(transfer_id)
    named = {one.customer_id: one for one in read.words_to_add(request.access, transfer)} if transfer else {}
    if transfer is None or customer_id not in named:
        raise Http404
    try:
        add_words(
            access=request.access,
            transfer=transfer,
            customer_id=customer_id,
            words=request.POST.get("words", ""),
        )
        messages.success(request, f"Passed on about {named[customer_id].name}")
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(url_in(request, "transfer_words", transfer.id))


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD"])
def transfer_words(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """The customers of a transfer about whom one may add words; also after they left one's scope."""
    transfer = read.transfer_here(transfer_id)
    named = read.words_to_add(request.access, transfer) if transfer else []
    if not named:
        raise Http404
    return render(request, "interactions/hand_overs/words.html", {
        "transfer": transfer, "named": named, "most": read.MOST_WORDS_FOR, "home_url": url_in(request, "home"),
    })  # fmt: skip
