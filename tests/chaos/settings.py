"""The product's settings with one more step in the flow: it counts how often it happened."""

from config.settings import *  # noqa: F403

OUTBOX_FLOW = "tests.chaos.steps.FLOW"
