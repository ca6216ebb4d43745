"""What this room answers when something cannot be written so."""


class Refused(ValueError):
    """The message says why and what to do; `field` what to mend; `code` stays the same for machines."""

    def __init__(self, message: str, *, field: str = "", code: str = "invalid") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


def require_text(refusal: type[Refused], text: str, *, field: str, most: int, least: int = 0) -> str:
    """The text without white space around it, in any script. Raises `refusal` where it is empty or too long."""
    text = text.strip()
    if len(text) < least:
        raise refusal("Say it in a few words; it cannot be empty.", field=field, code="empty")
    if len(text) > most:
        raise refusal(f"At most {most:,} characters; these are {len(text):,}.", field=field, code="too_long")
    if "\0" in text:
        raise refusal("The text holds a character that cannot be kept (NUL).", field=field, code="character")
    return text
