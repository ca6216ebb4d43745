"""What all public pages share: who may open them, by which methods, and in which language they speak."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from privacy.selectors.holders import Holder
from tenancy.links import Kind
from tenancy.permissions import public
from tenancy.public import PublicRequest, language_of, nothing_here

View = Callable[..., HttpResponseBase]
METHODS = ("GET", "HEAD", "POST")


def opened_by(*kinds: Kind) -> Callable[[View], View]:
    """A public page that links of these kinds open: GET and HEAD show and change nothing, POST acts.

    The link is the authority, so no CSRF token is asked for: who can write this address holds the link.
    """

    def declare(view: View) -> View:
        @public
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, **_: str) -> HttpResponseBase:
            link = getattr(request, "link", None)
            if link is None or link.kind not in kinds:
                return nothing_here(request)
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            if link.has_ended(timezone.now()):
                return show(request, "public/ended.html", status=410)
            return view(request)

        return answer

    return declare


def show(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, holder: Holder | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """A page in the language that was chosen on it, else the person's own, else the browser's."""
    language = language_of(request, *([holder.language] if holder else []))
    own = {
        "language": language, "tenant": getattr(request, "tenant", None), "address_here": request.path,
        "holder": holder,
    }  # fmt: skip
    return render(request, template, {**own, **(context or {})}, status=status)


def gone(request: PublicRequest, holder: Holder) -> HttpResponse:
    """There is nobody any more: nothing is kept, and whatever was asked for is so."""
    return show(request, "public/gone.html", holder=holder)
