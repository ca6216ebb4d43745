"""Everything under /p/ that is no page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tenancy.permissions import public
from tenancy.public import nothing_here


@public
@csrf_exempt
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    return nothing_here(request)
