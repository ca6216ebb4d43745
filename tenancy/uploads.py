"""Files on their way in: only from somebody who was let in, and never without end."""

from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler

ENVELOPE: Final = 1 << 20
"""Bytes of a form around its file."""


class KnownUploadHandler(TemporaryFileUploadHandler):
    """Writes uploads to temporary files; the form is read before any page is asked, so it is refused here.

    A file up to twice as large as allowed is read all the same: its page says so in words.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any) -> None:
        if content_length > 2 * settings.UPLOAD_MAX_BYTES + ENVELOPE:
            raise RequestDataTooBig("The upload is larger than anything that is taken here.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if getattr(self.request, "access", None) is None:
            raise RequestDataTooBig("Files are taken from members and tokens only.")
        super().new_file(*args, **kwargs)
