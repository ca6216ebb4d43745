"""Cells of files that people open in a spreadsheet."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"[-+]?[\d.,]+")
_BEGINNINGS: Final = frozenset("=+-@\t\r\n|%＝＋－＠")


def safe_cell(cell: str, *, is_text: bool = False) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    Plain numbers stay as they are, except in a text: a telephone number would lose its plus.
    """
    if cell[:1] in _BEGINNINGS and (is_text or not _NUMBER.fullmatch(cell)):
        return f"'{cell}"
    return cell
