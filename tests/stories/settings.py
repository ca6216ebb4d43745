"""As in production; the static files come out of the source folders, so that nothing is collected first.

Their names have no fingerprints then, so that they are kept for an hour instead of for ever.
"""

from config.settings import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
