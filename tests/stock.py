"""What many tests begin with is made once in each process by the services, and afterwards put back row for row.

A company takes a hundred and eighty statements to make and one to put back. Every time its ids are new, in the same
order, and its times are as far away from now as they were: nothing that is kept outside of the database, such as a
limit or an answer in Valkey, passes from one test to the next.
"""

import copy
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import DateTimeField, Model
from django.utils import timezone

from tenancy.db.ids import new_id

Made = TypeVar("Made")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_stocks: dict[str, "_Stock"] = {}

SHELVES = """
CREATE SCHEMA stock;
GRANT USAGE ON SCHEMA stock TO PUBLIC;
CREATE TABLE stock.shelf AS
SELECT c.relname::text AS name,
       string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
       string_agg(CASE a.atttypid
           WHEN 'timestamptz'::regtype THEN format('%1$I + $2', a.attname)
           WHEN 'tstzrange'::regtype THEN format('tstzrange(lower(%1$I) + $2, upper(%1$I) + $2)', a.attname)
           ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum) AS shifted
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = ''
   AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
 GROUP BY c.relname;

CREATE FUNCTION stock.rows_now() RETURNS TABLE (shelf text, content text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE each record;
BEGIN
    FOR each IN SELECT name FROM stock.shelf LOOP
        RETURN QUERY EXECUTE format('SELECT %L::text, to_jsonb(t)::text FROM public.%I t', each.name, each.name);
    END LOOP;
END $$;

CREATE FUNCTION stock.put_back(rows jsonb, later interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_catalog, pg_temp SET session_replication_role = replica AS $$
DECLARE each record;
BEGIN
    FOR each IN SELECT s.* FROM stock.shelf s WHERE rows ? s.name LOOP
        EXECUTE format(
            'INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE'
            ' SELECT %3$s FROM jsonb_populate_recordset(NULL::public.%1$I, $1)', each.name, each.columns, each.shifted
        ) USING rows -> each.name, later;
    END LOOP;
END $$;
"""
"""For the superuser, once in each database. Rows are put back without triggers: what those wrote are rows too."""


@dataclass(frozen=True)
class _Stock:
    rows: str
    made: Any
    at: datetime


def stocked(name: str, make: Callable[[], Made]) -> Made:
    """What `make` makes; from the second time on put back. It must not look at what is there already.

    Models within it are copies with the new ids. A test that has turned the clock gets it made anew.
    """
    if _clock_is_turned():
        return make()
    if name in _stocks:
        return _put_back(_stocks[name])
    before = set(_rows())
    made = make()
    rows: dict[str, list[Any]] = {}
    for shelf, content in _rows():
        if (shelf, content) not in before:
            rows.setdefault(shelf, []).append(json.loads(content))
    _stocks[name] = _Stock(json.dumps(rows), copy.deepcopy(made), timezone.now())
    return made


def _clock_is_turned() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return abs(cursor.fetchone()[0] - timezone.now()) > timedelta(seconds=5)


def _rows() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT shelf, content FROM stock.rows_now()")
        return cursor.fetchall()


def _put_back(stock: _Stock) -> Any:
    old = sorted(set(_UUID.findall(stock.rows)))
    new = dict(zip(old, sorted(str(new_id()) for _ in old), strict=True))
    later = timezone.now() - stock.at
    with connection.cursor() as cursor:
        rows = _UUID.sub(lambda found: new[found[0]], stock.rows)
        cursor.execute("SELECT stock.put_back(%s, %s)", [rows, later])
    return _renewed(stock.made, new, later)


def _renewed(made: Any, new: dict[str, str], later: timedelta) -> Any:
    copies: dict[int, Any] = {}
    renewed = copy.deepcopy(made, copies)
    for thing in list(copies.values()):
        if isinstance(thing, Model):
            for field in thing._meta.concrete_fields:
                value = thing.__dict__.get(field.attname)
                if isinstance(value, uuid.UUID):
                    setattr(thing, field.attname, uuid.UUID(new.get(str(value), str(value))))
                elif isinstance(value, str):  # a unit's path names units
                    setattr(thing, field.attname, _UUID.sub(lambda found: new.get(found[0], found[0]), value))
                elif isinstance(field, DateTimeField) and value is not None:
                    setattr(thing, field.attname, value + later)
    return renewed
