"""In which time zones somebody may be: their own, else all of the country they live in.

The zones of countries are those of the IANA database (zone.tab, public domain, 2026a); of several with the same clock
in 2026 and 2027 one is kept.
"""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from privacy.policy.dates import zone_names

_FILE: Final = Path(__file__).parent / "country_zones.json"


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    return {country: tuple(zones) for country, zones in json.loads(_FILE.read_text()).items()}


@lru_cache(maxsize=4096)
def plausible_zones(stated: str, countries: tuple[str, ...], fallback: str) -> tuple[str, ...]:
    """A name that the database does not know is no statement. `fallback` is used where no country is known."""
    if stated in zone_names():
        return (stated,)
    found = {zone for country in countries for zone in _by_country().get(country, ())}
    return tuple(sorted(found)) or (fallback,)
