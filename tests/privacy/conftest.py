import pytest
import redis
from django.conf import settings


@pytest.fixture(autouse=True)
def nobody_guessed_yet() -> None:
    """Wrong links are counted by the address they come from, which all tests share."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete("cs:limit:guess:127.0.0.1")
