"""Currencies: how many minor digits each has (ISO 4217) and the sign we print before an amount."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_DIGITS: Final[dict[str, int]] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}

SYMBOLS: Final[dict[str, str]] = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$",
    "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "ILS": "₪", "VND": "₫", "PHP": "₱", "UAH": "₴",
    "NGN": "₦", "HKD": "HK$",
}  # fmt: skip


def minor_digits(currency: str) -> int:
    """Return how many decimal digits the currency's minor unit has: 2 for most, 0 for JPY, 3 for BHD."""
    return _DIGITS.get(currency.upper(), 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount of the major unit in minor units, halves away from zero as PostgreSQL rounds: 2.555 GBP -> 256."""
    return int(amount.scaleb(minor_digits(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def money_text(minor: int, currency: str) -> str:
    """An amount to the minor unit, as a timeline says it: 3420, "USD" -> "$34.20"; -3420 -> "−$34.20"."""
    digits = minor_digits(currency)
    written = f"{abs(Decimal(minor)).scaleb(-digits):,.{digits}f}"
    return ("\N{MINUS SIGN}" if minor < 0 else "") + SYMBOLS.get(currency, f"{currency} ") + written
