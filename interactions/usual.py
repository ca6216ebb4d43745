"""What every company starts with in this room; it may change all of it."""

from typing import Final

NEED_KINDS: Final = (
    ("Delivery at a certain time", "Only then is somebody at home, or can it be carried.", 365),
    ("Delivery without contact", "Left at a place they named, or carried in for them.", 365),
    ("A call instead of a letter", "How they want to be reached, apart from what they consented to.", 730),
    ("Advice before buying", "Wants to be helped with the choice.", 365),
    ("Easier to use", "Larger print, lighter weight, simpler words.", 730),
    ("Lower price", "What we ask is more than it is worth to them.", 180),
    ("Another size or variant", "Would buy it if it came otherwise.", 180),
    ("Something we do not sell", "Asked for it; buys it elsewhere.", 365),
    ("Faster repair", "Cannot be without it for long.", 365),
    ("Gift", "For somebody else, on a day that matters.", 60),
)  # fmt: skip
"""(name, description, days it is relied on), in the order in which they are offered."""

OFFICE_HOURS: Final = "Office hours"
HOURS: Final = {str(day): [["09:00", "17:30"]] for day in range(1, 6)}
CASE_KINDS: Final = (
    ("Complaint", 30), ("Something is broken", 30), ("Delivery", 25), ("Bill", 25), ("Return", 20), ("Question", 10),
)  # fmt: skip
"""(name, weight), in the order in which they are offered."""
SERVICE_LEVELS: Final = ((1, 30, 240), (2, 120, 510), (3, 255, 1020), (4, 510, 2550))
"""(priority, minutes to answer, minutes to resolve) of business hours; 510 are a day in the office."""
