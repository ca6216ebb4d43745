"""The environment that web, worker, beat and manage.py get when `make run` starts them."""

import os
import re

from config.local.place import CHECKOUT, RUN, LocalError, make_folder
from config.local.services import POSTGRES, VALKEY, lost, start


def given() -> dict[str, str]:
    """What the user set, in the shell or in `.env`; the shell wins, as it does in the settings."""
    path = CHECKOUT / ".env"
    text = path.read_text() if path.exists() else ""
    found = re.findall(r"^(?:export )?(\w+)=(.*)$", text, re.MULTILINE)
    return {**{name: value.strip("\"'") for name, value in found}, **os.environ}


def wanted_services() -> frozenset[str]:
    """The embedded services that no given address makes needless. LocalError for half an address."""
    known = given()
    if known.get("DATABASE_URL") and not known.get("DATABASE_MIGRATOR_URL"):
        raise LocalError("DATABASE_URL is set, so DATABASE_MIGRATOR_URL is needed too: see .env.example.")
    wanted = set()
    if not known.get("DATABASE_URL"):
        wanted.add(POSTGRES)
    if not known.get("REDIS_URL"):
        wanted.add(VALKEY)
    return frozenset(wanted)


def run_environment(addresses: dict[str, str]) -> dict[str, str]:
    """The user's own settings before ours, the addresses of the embedded services before both."""
    mail = make_folder(RUN.folder / "mail", mode=0o700)
    defaults = {
        "SECRET_KEY": RUN.secrets()["secret_key"],
        "DEBUG": "off",
        "HTTPS": "off",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "PUBLIC_URL": f"http://127.0.0.1:{given().get('PORT') or 8000}",
        "EMAIL_URL": f"filemail:///{mail}",
        "LOG_FORMAT": "text",
        "PYTHONUNBUFFERED": "1",
    }
    together = {**defaults, **given(), **addresses, "DJANGO_SETTINGS_MODULE": "config.settings"}
    together.pop("DATABASE_SUPERUSER_URL", None)
    return together


def without_migrator(environment: dict[str, str]) -> dict[str, str]:
    """What serves requests and jobs has no business with the login that may see past the tenants."""
    return {name: value for name, value in environment.items() if name != "DATABASE_MIGRATOR_URL"}


def manage_environment() -> dict[str, str]:
    """What `manage.py` needs where nothing is set: the services of `make run` if they run.

    Where they do not run, names that say so stand in for the addresses: commands that ask no database
    (value_evaluate) work, the others fail with the name in their error.
    """
    if given().get("DATABASE_URL"):
        return {}
    if not lost(RUN):
        return run_environment(start(RUN))
    nowhere = "no-services-here--type-make-run"
    return run_environment(
        {"DATABASE_URL": f"postgres://app@{nowhere}/none", "REDIS_URL": f"redis://{nowhere}"}
    )
