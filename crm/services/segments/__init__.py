"""Segments: defining them (definitions), keeping their members true (keeping), going through everybody (passes)."""
