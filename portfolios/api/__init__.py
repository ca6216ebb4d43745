"""Portfolios, transfers and the summary card for programs."""
