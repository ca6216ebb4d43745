"""Reason codes: the answer they give, a plain sentence, what to do about it, and where they come from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """`answer`: allow, deny or defer. `meaning` and `remedy` are read by people who sell, not by lawyers."""

    answer: str
    meaning: str
    remedy: str
    source: str


def _read() -> Mapping[str, Code]:
    rows = json.loads((Path(__file__).parent / "data" / "codes.json").read_text())
    return MappingProxyType({code: Code(**row) for code, row in rows.items()})


CODES = _read()

OBLIGATIONS: Mapping[str, str] = MappingProxyType(
    {
        "NO_PROFILING": "The person objected to profiling: do not choose or score them for this message.",
        "NO_PROFILING_MINOR": "The person is under 18: do not choose or score them for this message.",
        "OPT_OUT_LINK": "Every message of the series must carry a link to unsubscribe.",
        "NO_PROMOTION": "Nothing in this message may promote anything.",
        "SEND_ONCE": "Send this message once, and do not repeat it.",
    }
)
