"""One line a record, as JSON in production logs; ids only, never personal data."""

import structlog

renderer = structlog.processors.JSONRenderer()
