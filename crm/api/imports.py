"""`imports/`: a file comes, is checked, and is loaded; each step is asked for, the work is a job."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID
from crm.models import Import, ImportRow
from crm.selectors.records import rejected_rows, visible_import, visible_imports
from crm.services.imports import check_import, load_import, upload_import
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.parsers import StrictJSONParser
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found

MAPPING = {
    "columns": {"order": "InvoiceNo", "ordered_at": "InvoiceDate", "customer": "CustomerID"},
    "date_order": "day", "date_certain": True, "decimal": "point", "c_is_return": True, "c_names_order": False,
}  # fmt: skip
FILE = {"kind": "orders", "file": "orders.csv"}
IMPORT = {
    "id": EXAMPLE_ID, "kind": "orders", "state": "checked", "file": "orders.csv", "encoding": "utf-8",
    "delimiter": ",", "header": ["InvoiceNo", "InvoiceDate", "CustomerID"], "mapping": MAPPING,
    "counts": {"read": 12000, "created": 11950, "rejected": 50}, "job": EXAMPLE_ID,
    "created_at": "2026-11-20T10:00:00Z",
}  # fmt: skip


@extend_schema_serializer(
    examples=[OpenApiExample("checked", value=IMPORT, response_only=True, status_codes=["200", "201", "202"])]
)
class ImportSerializer(serializers.Serializer[Import]):
    """`counts` says after the check what would be created, updated, rejected, and after the load what was."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Import.Kind.choices)
    state = serializers.ChoiceField(Import.State.choices)
    file = serializers.CharField(source="file.name")
    encoding = serializers.CharField()
    delimiter = serializers.CharField(trim_whitespace=False)
    header = serializers.ListField(child=serializers.CharField(allow_blank=True))
    mapping = serializers.DictField(help_text="As guessed, or as sent with the check.")
    counts = serializers.DictField()
    job = serializers.UUIDField(source="job_id", allow_null=True)
    created_at = serializers.DateTimeField()


@extend_schema_serializer(
    examples=[OpenApiExample("a file", value=FILE, request_only=True, media_type="multipart/form-data")]
)
class UploadSerializer(StrictSerializer):
    kind = serializers.ChoiceField(Import.Kind.choices)
    file = serializers.FileField(help_text="CSV in any encoding, with any delimiter.")


class MappingSerializer(StrictSerializer):
    columns = serializers.DictField(
        child=serializers.CharField(max_length=400), help_text="Our field -> the file's column."
    )
    date_order = serializers.ChoiceField(["day", "month"], required=False)
    date_certain = serializers.BooleanField(required=False)
    decimal = serializers.ChoiceField(["point", "comma"], required=False)
    c_is_return = serializers.BooleanField(required=False, help_text="Numbers that begin with C are returns.")
    c_names_order = serializers.BooleanField(
        required=False, help_text="What follows the C is the order it returns."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("a mapping", value={"mapping": MAPPING}, request_only=True)]
)
class CheckSerializer(StrictSerializer):
    mapping = MappingSerializer(required=False, help_text="Left out: as guessed.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a row",
            value={"number": 17, "reason": "There is no date.", "raw": "536365,,17850"},
            response_only=True,
        )
    ]
)
class RejectedRowSerializer(serializers.Serializer[ImportRow]):
    number = serializers.IntegerField(help_text="Line in the file, the header being 1.")
    reason = serializers.CharField()
    raw = serializers.CharField()


class ImportFilters(Filters):
    kind = serializers.ChoiceField(Import.Kind.choices, required=False)
    state = serializers.ChoiceField(Import.State.choices, required=False)


class ImportViewSet(ApiViewSet):
    """Files on their way to becoming customers or orders."""

    permission = "crm.import"
    tag = "imports"
    serializer_class = ImportSerializer
    filters = ImportFilters
    orderings = Orderings({"created_at": "created_at"}, default="-created_at")

    def get_parsers(self) -> list[BaseParser]:
        # In the schema's generator there is no action yet where a request has one.
        uploads = getattr(self, "action_map", {}).get("post") == "create"
        return [MultiPartParser()] if uploads else [StrictJSONParser()]

    def list(self, request: Request) -> Response:
        """A page of imports, newest first."""
        return self.answer_page(ImportSerializer, visible_imports(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One import: how far it is, and what was found."""
        return self.answer(ImportSerializer, found(visible_import(self.access, pk)))

    @extend_schema(request=UploadSerializer, responses={201: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Upload a file. Nothing is written yet; the answer has the columns as guessed."""
        values = self.read(UploadSerializer)
        file = values["file"]
        run = upload_import(
            kind=values["kind"], name=file.name, chunks=file.chunks(), created_by=self.access.member
        )
        return self.answer(ImportSerializer, run, status=201)

    @extend_schema(request=CheckSerializer, responses={202: ImportSerializer})
    def check(self, request: Request, pk: UUID) -> Response:
        """Start the dry run under a mapping; follow `job` until the state is `checked`."""
        run = found(visible_import(self.access, pk))
        mapping: dict[str, Any] = self.read(CheckSerializer).get("mapping") or run.mapping
        check_import(run=run, mapping=mapping)
        return self.answer(ImportSerializer, visible_import(self.access, pk), status=202)

    @extend_schema(request=None, responses={202: ImportSerializer})
    def load(self, request: Request, pk: UUID) -> Response:
        """Give the go for what the check found; follow `job` until the state is `done`."""
        load_import(run=found(visible_import(self.access, pk)))
        return self.answer(ImportSerializer, visible_import(self.access, pk), status=202)


class RejectedRowsViewSet(ApiViewSet):
    permission = "crm.import"
    tag = "imports"
    serializer_class = RejectedRowSerializer
    orderings: ClassVar[Orderings] = Orderings({"number": "number"}, key="number")

    @extend_schema(operation_id="imports_rejected")
    def list(self, request: Request, import_id: UUID) -> Response:
        """A page of the rows that were rejected, each with its reason."""
        run = found(visible_import(self.access, import_id))
        return self.answer_page(RejectedRowSerializer, rejected_rows(run.id))
