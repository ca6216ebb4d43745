"""Which database role this process is: the application everywhere, the migrator for DDL only."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

_ROLE_SQL = """
SELECT session_user, current_user, r.rolsuper, r.rolbypassrls,
       pg_has_role(session_user, %s, 'MEMBER')
FROM pg_roles r WHERE r.rolname = session_user
"""


@contextmanager
def logged_in_as_migrator() -> Iterator[None]:
    """Log in again as the migrator, acting as the owner; afterwards as before."""
    if not settings.DATABASE_MIGRATOR_URL:
        raise ImproperlyConfigured("DATABASE_MIGRATOR_URL is not set: migrations need the migrator's login.")
    before = dict(connection.settings_dict)
    migrator = environ.Env.db_url_config(settings.DATABASE_MIGRATOR_URL)
    connection.close()
    connection.settings_dict.update(USER=migrator["USER"], PASSWORD=migrator["PASSWORD"])
    connection.settings_dict["OPTIONS"] = {
        **before["OPTIONS"],
        "options": f"-c role={settings.DATABASE_ROLE_PREFIX}_owner",
    }
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def require_application_login() -> None:
    """Refuse to serve as anything that row-level security does not hold.

    Raises ImproperlyConfigured for a superuser, a role with BYPASSRLS, or a member of the owner.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROLE_SQL, [f"{settings.DATABASE_ROLE_PREFIX}_owner"])
        login, current, superuser, bypass, owner = cursor.fetchone()
    if superuser or bypass or owner or login != current:
        raise ImproperlyConfigured(
            f"DATABASE_URL logs in as {login!r}, which can see past row-level security. "
            f"Use the application's role; `manage.py roles_sql` prints how to make it."
        )
