"""`python -m config.local.container FOLDER`: the secrets of a composed installation, made once.

Each part goes to a folder of its own, so that each container mounts what it needs: `app` (the login
that serves), `migrator` (the login that migrates), `database` (what PostgreSQL runs at its first
start), `valkey`. A variable that the container already has wins over the one made here.
"""

import secrets
import sys
from pathlib import Path

from tenancy.db.roles import roles_sql

_VALKEY = "requirepass {}\nappendonly yes\nmaxmemory-policy noeviction\n"
_MIGRATOR = "?options=-c%20role%3Dcornershop_owner"


def make(folder: Path) -> None:
    """Writes everything, or nothing if it was written before."""
    done = folder / "app" / "env"
    if done.exists():
        return
    given = {name: secrets.token_urlsafe(48) for name in ("key", "postgres", "app", "migrator", "valkey")}
    _write(folder / "database" / "password", given["postgres"])
    _write(folder / "database" / "10-roles.sql", roles_sql(passwords=given))
    _write(folder / "valkey" / "password", given["valkey"])
    _write(folder / "valkey" / "valkey.conf", _VALKEY.format(given["valkey"]))
    migrator = {"DATABASE_MIGRATOR_URL": _login("migrator", given["migrator"]) + _MIGRATOR}
    _write(folder / "migrator" / "env", _exports(migrator))
    app = {
        "SECRET_KEY": given["key"],
        "DATABASE_URL": _login("app", given["app"]),
        "REDIS_URL": f"redis://:{given['valkey']}@valkey:6379/0",
    }
    _write(done, _exports(app))


def _login(role: str, password: str) -> str:
    return f"postgres://cornershop_{role}:{password}@database:5432/cornershop"


def _exports(values: dict[str, str]) -> str:
    return "".join(f'export {name}="${{{name}:-{value}}}"\n' for name, value in values.items())


def _write(path: Path, text: str) -> None:
    """Readable by the container's own user, whichever it is; the volume is what keeps others out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
