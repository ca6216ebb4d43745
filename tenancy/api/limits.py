"""A token bucket in Redis for each token and member: full it holds a minute's requests, and it refills steadily.

Limits protect, they do not decide: with Redis away everything is let through, and that is logged.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tenancy.access import Access
from tenancy.api.problems import Problem, problem_response

log = logging.getLogger(__name__)

WINDOW = 60
API = "/api/"

# Redis keeps the time, so that all web processes agree.
_TAKE = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(held[1]) or most
left = math.min(most, left + (at - (tonumber(held[2]) or at)) * most / window)
local taken = 0
if left >= 1 then left = left - 1; taken = 1 end
redis.call('HSET', KEYS[1], 'left', left, 'at', at)
redis.call('EXPIRE', KEYS[1], window * 2)
return {taken, tostring(left)}
"""


@dataclass(frozen=True)
class Bucket:
    """What is left after this request. `seconds` until one more (when empty) or until full."""

    allowed: bool
    left: int
    seconds: int


class LimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        access: Access | None = request.access  # type: ignore[attr-defined]
        if access is None or not request.path_info.startswith(API):
            return self.get_response(request)
        bucket = take(access)
        if bucket is None:
            return self.get_response(request)
        response = self.get_response(request) if bucket.allowed else _too_many(bucket)
        policy = f'"requests";q={settings.API_REQUESTS_PER_MINUTE};w={WINDOW}'
        response["RateLimit-Policy"] = policy
        response["RateLimit"] = f'"requests";r={bucket.left};t={bucket.seconds}'
        return response


def _too_many(bucket: Bucket) -> HttpResponse:
    wait = {"Retry-After": str(bucket.seconds)}
    return problem_response(Problem("throttled", f"Try again in {bucket.seconds} s.", headers=wait))


def take(access: Access) -> Bucket | None:
    """Take one request out of the actor's bucket; None when Redis cannot be asked."""
    return take_from(f"{access.tenant.id}:{access.actor}", settings.API_REQUESTS_PER_MINUTE, WINDOW)


def take_from(name: str, most: int, window: int) -> Bucket | None:
    """Take one out of the bucket of this name, which holds `most` and fills within `window` seconds."""
    if time.monotonic() < _Away.until:
        return None
    try:
        taken, left = _script()(keys=[f"cs:limit:{name}"], args=[most, window])
    except redis.RedisError as error:
        # Asked again after some seconds, so that its absence does not slow every request.
        _Away.until = time.monotonic() + 5
        log.warning("limits are off, Redis is away: %s", type(error).__name__)
        return None
    missing = (1 if not taken else most) - float(left)
    return Bucket(bool(taken), int(float(left)), max(1, ceil(missing * window / most)))


class _Away:
    until = 0.0


@cache
def _script() -> Callable[..., Any]:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2)
    return client.register_script(_TAKE)
