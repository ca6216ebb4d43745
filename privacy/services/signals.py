"""The global privacy control: a browser says for its owner that data about them is not sold or shared.

`Sec-GPC: 1` (W3C, Global Privacy Control); in California it binds like an opt-out (11 CCR 7025), here everywhere.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from crm.services.summaries import tenant_today
from privacy.models import ConsentEvent
from privacy.services.consents import ConsentEntry, record_consent
from tenancy.models import TenantProfile

HEADER: Final = "Sec-GPC"
REFUSED: Final = ("sale", "share_third_party")


def says_no(headers: Mapping[str, str]) -> bool:
    """Whether a request carries the signal; the only value that means anything is 1."""
    return headers.get(HEADER, "").strip() == "1"


def note_privacy_signal(*, customer_id: UUID, who: str = "") -> bool:
    """Keep that a known person's browser sent the signal; once a day at most. Returns whether it was new.

    Raises ConsentRefused for a customer there is not.
    """
    key = f"privacy_signal:{tenant_today(TenantProfile.objects.get())}"
    if ConsentEvent.objects.filter(customer_id=customer_id, key=key).exists():
        return False
    # Without a time of its own: a stop counts from its recording, and the same day is the same event.
    entry = ConsentEntry(
        customer_id=customer_id, action="privacy_signal", channel="*", purposes=REFUSED, method="browser",
        source="global privacy control", detail={"header": f"{HEADER}: 1"}, key=key,
    )  # fmt: skip
    return record_consent(entry, who=who).is_new
