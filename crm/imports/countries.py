"""Country names in many languages to ISO 3166 codes, from the names that come with phonenumbers."""

from functools import cache

from phonenumbers.geodata.locale import LOCALE_DATA

from crm.keys import name_key

# What people write beside the names of the table; the last ones are no countries and stay empty without a word.
_ALSO = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "america": "US", "uk": "GB",
    "u.k.": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "eire": "IE", "republic of ireland": "IE", "rsa": "ZA", "uae": "AE", "holland": "NL",
    "the netherlands": "NL", "czech republic": "CZ", "czechia": "CZ", "tschechien": "CZ", "russia": "RU",
    "south korea": "KR", "korea": "KR", "hong kong": "HK", "viet nam": "VN", "macedonia": "MK", "turkey": "TR",
    "gbr": "GB", "deu": "DE", "fra": "FR", "esp": "ES", "ita": "IT", "nld": "NL", "bel": "BE", "aut": "AT",
    "che": "CH", "irl": "IE", "prt": "PT", "pol": "PL", "swe": "SE", "nor": "NO", "dnk": "DK", "fin": "FI",
    "can": "CA", "aus": "AU", "nzl": "NZ", "jpn": "JP", "chn": "CN", "ind": "IN", "bra": "BR", "mex": "MX",
}  # fmt: skip
UNSTATED = frozenset({"", "unspecified", "unknown", "n/a", "na", "none", "-", "null"})


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for code, names in LOCALE_DATA.items():
        # "*en" says: the same as in English.
        codes |= {name_key(name): code for name in names.values() if not name.startswith("*")}
    return codes | {code.lower(): code for code in LOCALE_DATA} | _ALSO


def country_code(name: str) -> str | None:
    """The ISO code of a country by its name or code in many languages; None when it is not known."""
    return _codes().get(name_key(name))
