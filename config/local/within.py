"""`python -m config.local.within [--test] COMMAND ...`: a command with the services up and addressed.

Everything else is as in production, so that `check --deploy` and the type checker see those settings.
"""

import os
import subprocess
import sys

from config.local import services
from config.local.place import CHECKOUT, RUN, TEST, LocalError, in_one_line


def environment(*, test: bool) -> dict[str, str]:
    place = TEST if test else RUN
    addresses = services.test_environment() if test else services.start(place)
    defaults = {
        "SECRET_KEY": place.secrets()["secret_key"],
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(CHECKOUT),
    }
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**defaults, **os.environ, **addresses, "PATH": path}


def main(words: list[str]) -> int:
    test = words[:1] == ["--test"]
    command = words[test:]
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return subprocess.call(command, env=environment(test=test))
    except (LocalError, OSError) as error:
        print(in_one_line(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
