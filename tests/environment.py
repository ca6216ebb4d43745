"""Loaded first of all (see pyproject.toml): pytest-django reads the settings before any conftest."""

import os

from config.local.services import test_environment

os.environ.update(test_environment())
if at := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    # A Valkey number for each process: one test takes the worker's heartbeat away while another asks for it.
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{int(at) + 1}"
os.environ.setdefault("SECRET_KEY", "for tests only, " + "x" * 50)
os.environ.update(
    HTTPS="off", STATIC_MANIFEST="off", DJANGO_ALLOW_ASYNC_UNSAFE="1", EMAIL_URL="memorymail://"
)
