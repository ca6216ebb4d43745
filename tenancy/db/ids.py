"""Ids are made in Python and are time-ordered, so that new rows land at the end of every index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, then randomness."""
    return uuid7()
