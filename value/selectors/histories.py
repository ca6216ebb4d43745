"""What single customers were worth; of nobody of whom no profile may be made, whatever is kept."""

from uuid import UUID

from privacy.selectors.profiling import why_no_profile
from value.models import ValueSnapshot

MOST = 120
WITHHELD = {
    "objected": "They objected to profiling, so what was worked out before is not used any more either. It is kept as "
    "proof of what was done, and shown again if they allow it.",
    "restricted": "The use of their data is restricted: what was worked out before is stored and not shown until the "
    "restriction is lifted.",
    "deceased": "Reported dead: what was worked out before is not used any more.",
}
"""Why there is no history -> in a sentence or two."""


def snapshots_of(
    customer_id: UUID, *, most: int = MOST, refits: bool = False
) -> tuple[list[ValueSnapshot], str]:
    """Month ends and days asked for of a customer whom the caller may see, newest first, and a key of `WITHHELD` or "".

    `refits`: with what each new model said, too. Ten years at most.
    """
    if why := why_no_profile(customer_id):
        return [], why
    rows = ValueSnapshot.objects.filter(customer_id=customer_id)
    kept = rows if refits else rows.exclude(occasion=ValueSnapshot.Occasion.REFIT)
    return list(kept.order_by("-taken_on", "-id")[:most]), ""
