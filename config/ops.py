"""For those who run it: is the process alive, is everything there, what happens how often and how fast."""

import os
import time
from collections.abc import Callable, Iterable
from secrets import compare_digest

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from tenancy.permissions import public
from tenancy.selectors.health import missing_parts, work_counts

OWN = CollectorRegistry()
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0)
REQUESTS = Counter("cornershop_requests", "Requests answered", ["method", "route", "status"], registry=OWN)
SECONDS = Histogram(
    "cornershop_request_seconds", "Time to answer", ["method", "route"], buckets=BUCKETS, registry=OWN
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    """Counts and times every request by route, never by address: ids and slugs stay out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = (match.route if match else "") or ("/" if match else "unknown")
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - began)
        return response


class WorkCollector(Collector):
    """What waits, read from the database when somebody asks."""

    def collect(self) -> Iterable[Metric]:
        steps = GaugeMetricFamily("cornershop_outbox_steps", "Steps not done", labels=["state"])
        jobs = GaugeMetricFamily("cornershop_jobs", "Jobs by state", labels=["state"])
        for kind, state, count in work_counts():
            (steps if kind == "step" else jobs).add_metric([state], count)
        return [steps, jobs]


# A dead database must end in 503, so these views open no transaction before they look.
@public
@require_safe
@never_cache
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


@public
@require_safe
@never_cache
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything is there, else 503 with what is missing."""
    missing = missing_parts()
    # The reasons may name hosts and roles: they go to whoever holds the metrics token, the names to all.
    shown = missing if settings.DEBUG or _may_measure(request) else dict.fromkeys(missing, "missing")
    body = {"status": "missing" if missing else "ready", "missing": shown}
    return JsonResponse(body, status=503 if missing else 200)


@public
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for the bearer of METRICS_TOKEN; closed without one."""
    if not _may_measure(request):
        return HttpResponse("A bearer token is needed.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    work = CollectorRegistry()
    work.register(WorkCollector())
    text = generate_latest(_requests()) + generate_latest(work)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _requests() -> CollectorRegistry:
    """Of all web processes together where gunicorn.conf.py gave them a folder, else of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return OWN
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
