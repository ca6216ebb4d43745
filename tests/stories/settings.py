"""As in production; the static files come out of the source folders, so that nothing is collected first."""

from config.settings import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
