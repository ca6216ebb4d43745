"""The four database roles, as statements that a database administrator runs once.

Pure Python: the local launcher, the tests, `manage.py roles_sql` and the container image all print
the same text. It works on PostgreSQL 15 and later, as a superuser, any number of times.
"""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping

EXTENSIONS = ("pg_trgm", "btree_gist", "btree_gin", "unaccent")

_NOTHING = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
_ROLES = {
    "owner": f"NOLOGIN NOBYPASSRLS {_NOTHING}",
    "migrator": f"LOGIN BYPASSRLS {_NOTHING}",
    "app": f"LOGIN NOBYPASSRLS {_NOTHING}",
    "definer": f"NOLOGIN BYPASSRLS {_NOTHING}",
}


def roles_sql(
    prefix: str = "cornershop",
    *,
    database: str = "cornershop",
    passwords: Mapping[str, str] | None = None,
) -> str:
    """A psql script: the roles, the database, and the rights inside it.

    `passwords` maps "migrator" and "app" to printable ASCII; they leave here only as SCRAM verifiers.
    A login without one keeps the password it has. ValueError for a name that is not plain.
    """
    return "\n".join(
        [
            cluster_sql(prefix, passwords=passwords),
            f"SELECT 'CREATE DATABASE {_name(database)} OWNER {_name(prefix)}_owner'",
            f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{_name(database)}')\\gexec",
            f"\\connect {_name(database)}",
            database_sql(prefix),
        ]
    )


def cluster_sql(prefix: str = "cornershop", *, passwords: Mapping[str, str] | None = None) -> str:
    """The part that belongs to the whole server: roles and memberships. Plain SQL."""
    given = passwords or {}
    lines = [_role(f"{_name(prefix)}_{kind}", rights, given.get(kind)) for kind, rights in _ROLES.items()]
    lines.append(f"GRANT {prefix}_owner TO {prefix}_migrator;")
    # ALTER FUNCTION ... OWNER TO the definer asks that the one who alters may become the definer.
    lines.append(f"GRANT {prefix}_definer TO {prefix}_owner;")
    return "\n".join(lines) + "\n"


def database_sql(prefix: str = "cornershop") -> str:
    """The part to run inside each database. Plain SQL.

    Run it again in a database cloned by CREATE DATABASE ... TEMPLATE: owner and database rights are
    not cloned.
    """
    owner, app, definer = (f"{_name(prefix)}_{kind}" for kind in ("owner", "app", "definer"))
    extensions = "\n".join(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public;" for name in EXTENSIONS)
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner}"
    return f"""\
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO {owner}', current_database());
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO {app}', current_database());
END $$;
{extensions}
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO {owner}, {definer};
GRANT USAGE ON SCHEMA public TO {app};
{defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}, {definer};
{defaults} GRANT USAGE, SELECT ON SEQUENCES TO {app}, {definer};
{defaults} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
"""


def _role(name: str, rights: str, password: str | None) -> str:
    secret = f" PASSWORD '{_scram(password)}'" if password else ""
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}')"
        f" THEN CREATE ROLE {name}; END IF; END $$;\n"
        f"ALTER ROLE {name} {rights}{secret};"
    )


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,50}", name):
        raise ValueError(f"{name!r} is no plain PostgreSQL name: small letters, digits and _ only")
    return name


def _scram(password: str, *, rounds: int = 4096) -> str:
    """The verifier PostgreSQL would store (RFC 5802), so that no log or script shows the password."""
    if not (password.isascii() and password.isprintable()):
        raise ValueError("a database password is printable ASCII")
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{text[0]}${text[1]}:{text[2]}"
