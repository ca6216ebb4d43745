"""Answers that several rooms give."""

from django.http import FileResponse

from tenancy.models import StoredFile
from tenancy.selectors.files import file_copy


def file_response(file: StoredFile) -> FileResponse:
    """A stored file as a download: never shown in the page, whatever it holds."""
    response = FileResponse(
        file_copy(file), as_attachment=True, filename=file.name, content_type=file.content_type
    )
    response["Content-Length"] = file.size
    response["Cache-Control"] = "private, no-store"
    return response
