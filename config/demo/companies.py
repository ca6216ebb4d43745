"""Who the demo companies are. Everything here is invented."""

from dataclasses import dataclass

PASSWORD = "corner shop demo"  # noqa: S105  (printed by `make run`, for a company that does not exist)


@dataclass(frozen=True)
class Staff:
    """A member; `portfolio` is its name and how many in a hundred of the customers it holds."""

    name: str
    email: str
    role: str
    unit: str
    portfolio: tuple[str, int] | None = None


@dataclass(frozen=True)
class Shop:
    slug: str
    name: str
    country: str
    currency: str
    time_zone: str
    units: tuple[str, ...]
    staff: tuple[Staff, ...]
    """The first one is the administrator who opens the company."""
    invented: tuple[str, ...]


BLUEBIRD = Shop(
    slug="bluebird",
    name="Bluebird Records",
    country="US",
    currency="USD",
    time_zone="America/New_York",
    units=("Web shop", "Stores"),
    staff=(
        Staff("Ada Thorne", "ada@bluebird.example", "administrator", ""),
        Staff("Elias Mercer", "elias@bluebird.example", "executive", ""),
        Staff(
            "Nadia Okafor", "nadia@bluebird.example", "relationship-manager", "Web shop", ("Nadia Okafor", 18)
        ),
        Staff(
            "Tobias Lund", "tobias@bluebird.example", "relationship-manager", "Web shop", ("Tobias Lund", 26)
        ),
        Staff(
            "Ines Marchetti",
            "ines@bluebird.example",
            "relationship-manager",
            "Stores",
            ("Ines Marchetti", 30),
        ),
        Staff("Priya Raman", "priya@bluebird.example", "frontline", "Stores"),
        Staff("Oscar Holm", "oscar@bluebird.example", "privacy-officer", ""),
        Staff("Mei Takahashi", "mei@bluebird.example", "analyst", ""),
    ),
    invented=(
        "The purchases are real: who bought how many discs on which day for how many dollars (CDNOW, one in ten of the "
        "customers who first bought in early 1997; B. Hardie). All dates were shifted by the same number of days.",
        "Invented: the company and its members, names, e-mail addresses, phones and postal addresses of customers.",
        "Invented: which kind of music an order was, order numbers, and what the goods cost the shop, so also margins.",
        "Invented: who belongs to which portfolio, and the moves between them.",
        "Invented: what customers agreed to and refused, its proof, and what they asked about their data.",
        "Invented: the letters on customers’ pages. None was ever sent.",
        "Invented: every contact of members with customers, and what was said in it.",
        "Invented: what customers said they need, and what they were promised.",
        "Invented: the members' tasks, what they may give on the spot, and what they gave.",
        "Invented: the cases that are open, and everything said in them.",
    ),
)
HARBOUR = Shop(
    slug="harbour",
    name="Harbour Books",
    country="DE",
    currency="EUR",
    time_zone="Europe/Berlin",
    units=("Shop",),
    staff=(
        Staff("Greta Falk", "greta@harbour.example", "administrator", ""),
        Staff("Rufus Brandt", "rufus@harbour.example", "relationship-manager", "Shop", ("Rufus Brandt", 60)),
    ),
    invented=("Everything here is invented, the purchases too. This company cannot see Bluebird Records.",),
)
