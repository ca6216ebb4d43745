"""What a company needs before its first contact. Harmless when run again: what it changed stays so."""

from django.db import transaction

from interactions.contact_policy import bring_case_pause
from interactions.services.calendars import open_case_catalogues
from interactions.services.need_kinds import open_need_kinds


def open_interactions() -> None:
    """Give the active company the usual catalogues that it does not have."""
    with transaction.atomic():
        open_need_kinds()
        open_case_catalogues()
        bring_case_pause()
