"""PostgreSQL and Valkey of this checkout: start, stop, status, and the addresses others need.

`python -m config.local.services start|stop|status|env [--test]`
"""

import os
import sys
from collections.abc import Callable

from config.local import postgres, valkey
from config.local.place import RUN, TEST, LocalError, Place


def start(place: Place = RUN) -> dict[str, str]:
    """Starts or adopts both services and returns their addresses (see `addresses`)."""
    with place.lock():
        return addresses(place, postgres.start(place), valkey.start(place))


def stop(place: Place = RUN) -> None:
    with place.lock():
        valkey.stop(place)
        postgres.stop(place)


def addresses(place: Place, postgres_port: int, valkey_port: int) -> dict[str, str]:
    superuser = postgres.superuser_url(place, postgres_port)
    return {**_logins(place, superuser), "REDIS_URL": valkey.url(place, valkey_port)}


def test_environment() -> dict[str, str]:
    """The addresses the tests use; starts the test services, or reuses those of another process.

    Keys: DATABASE_URL, DATABASE_MIGRATOR_URL, DATABASE_SUPERUSER_URL, REDIS_URL. The services stay up
    for the next run; `make stop` ends them. A server of one's own: TEST_DATABASE_SUPERUSER_URL (its
    roles get the passwords of this checkout) and TEST_REDIS_URL (it is emptied by tests).
    """
    with TEST.lock():
        given = os.environ.get("TEST_DATABASE_SUPERUSER_URL")
        if given:
            postgres.prepare_server(TEST, given)
        superuser = given or postgres.superuser_url(TEST, postgres.start(TEST))
        redis = os.environ.get("TEST_REDIS_URL") or valkey.url(TEST, valkey.start(TEST))
        return {**_logins(TEST, superuser), "REDIS_URL": redis}


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
    ports = postgres.running(place), valkey.running(place)
    if ports[0] is None or ports[1] is None:
        raise LocalError("The services do not run: python -m config.local.services start")
    for name, value in addresses(place, ports[0], ports[1]).items():
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
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
