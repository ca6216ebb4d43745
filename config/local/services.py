"""PostgreSQL and Valkey of this checkout: start, stop, status, and the addresses others need.

`python -m config.local.services start|stop|status|env [--test]`
"""

import os
import sys
from collections.abc import Callable

from config.local import postgres, valkey
from config.local.place import RUN, TEST, LocalError, Place, in_one_line

POSTGRES, VALKEY = "postgres", "valkey"
BOTH = frozenset({POSTGRES, VALKEY})


def start(place: Place = RUN, wanted: frozenset[str] = BOTH) -> dict[str, str]:
    """Starts or adopts the services and returns their addresses.

    Keys: DATABASE_URL, DATABASE_MIGRATOR_URL, DATABASE_SUPERUSER_URL; REDIS_URL.
    """
    with place.lock():
        found: dict[str, str] = {}
        if POSTGRES in wanted:
            found |= _logins(place, postgres.superuser_url(place, postgres.start(place)))
        if VALKEY in wanted:
            found["REDIS_URL"] = valkey.url(place, valkey.start(place))
        return found


def stop(place: Place = RUN, wanted: frozenset[str] = BOTH) -> None:
    with place.lock():
        if VALKEY in wanted:
            valkey.stop(place)
        if POSTGRES in wanted:
            postgres.stop(place)


def lost(place: Place = RUN, wanted: frozenset[str] = BOTH) -> frozenset[str]:
    """Which of the wanted services do not run."""
    found = {POSTGRES: postgres.running, VALKEY: valkey.running}
    return frozenset(name for name in wanted if found[name](place) is None)


def test_environment() -> dict[str, str]:
    """The addresses the tests use; starts the test services, or reuses those of another process.

    Keys: DATABASE_URL, DATABASE_MIGRATOR_URL, DATABASE_SUPERUSER_URL, REDIS_URL. The services stay up
    for the next run; `make stop` ends them. A server of one's own: TEST_DATABASE_SUPERUSER_URL (its
    roles get the passwords of this checkout) and TEST_REDIS_URL (it is emptied by tests).
    """
    database, redis = os.environ.get("TEST_DATABASE_SUPERUSER_URL"), os.environ.get("TEST_REDIS_URL")
    found = start(TEST, BOTH - {POSTGRES if database else "", VALKEY if redis else ""})
    if database:
        with TEST.lock():
            postgres.prepare_server(TEST, database)
        found |= _logins(TEST, database)
    return found | ({"REDIS_URL": redis} if redis else {})


def _logins(place: Place, superuser: str) -> dict[str, str]:
    known = place.secrets()
    server = superuser.rpartition("@")[2].partition("/")[0]

    def login(role: str) -> str:
        return f"postgres://cornershop_{role}:{known[role]}@{server}/{postgres.DATABASE}"

    return {
        "DATABASE_URL": login("app"),
        "DATABASE_MIGRATOR_URL": f"{login('migrator')}?options=-c%20role%3Dcornershop_owner",
        "DATABASE_SUPERUSER_URL": superuser,
    }


def _status(place: Place) -> None:
    for name, service in (("postgres", postgres), ("valkey", valkey)):
        port = service.running(place)
        print(f"{name:9} {f'127.0.0.1:{port}' if port else 'stopped'}  {place.folder / name}")


def _print_addresses(place: Place) -> None:
    if lost(place):
        raise LocalError("The services do not run: python -m config.local.services start")
    for name, value in start(place).items():
        print(f"{name}={value}")


def _start_and_report(place: Place) -> None:
    start(place)
    _status(place)


_ACTIONS: dict[str, Callable[[Place], None]] = {
    "start": _start_and_report,
    "stop": stop,
    "status": _status,
    "env": _print_addresses,
}


def main(arguments: list[str]) -> int:
    place = TEST if "--test" in arguments else RUN
    words = [word for word in arguments if word != "--test"]
    if len(words) != 1 or words[0] not in _ACTIONS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        _ACTIONS[words[0]](place)
    except (LocalError, OSError) as error:
        print(in_one_line(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
