"""One JSON object a line, from our own log calls and everybody else's; ids only, never personal data."""

import re
from typing import Any

import structlog
from django.conf import settings

_LINK = re.compile(r"/p/[A-Za-z0-9_-]{20,}")


def without_links(_: Any, __: str, said: dict[str, Any]) -> dict[str, Any]:
    """Whoever has the address of a public page holds its link: Django's own lines name paths, so it is cut here."""
    for key in ("event", "exception"):
        if isinstance(said.get(key), str):
            said[key] = _LINK.sub("/p/…", said[key])
    return said


SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_links,
]


def line() -> structlog.stdlib.ProcessorFormatter:
    """The formatter that LOGGING names; making it also sends structlog's loggers through logging."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _renderer(),
        ],
    )


def _renderer() -> Any:
    """JSON for machines; plain words where a person starts it in a terminal (`make run`)."""
    if settings.LOG_FORMAT == "text":
        return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    return structlog.processors.JSONRenderer()
