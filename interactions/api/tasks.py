"""`tasks/`: work for members, over the same services as the pages."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.selectors.scope import visible_customer
from interactions.api.task_bodies import TaskBodySerializer, TaskChangeSerializer, TaskFilters, TaskSerializer
from interactions.models import Task
from interactions.selectors.tasks import changeable_tasks, visible_task, visible_tasks
from interactions.services.authors import author_of
from interactions.services.tasks import TaskRefused, Work, change_task, complete_task, drop_task, make_task
from portfolios.selectors.records import open_portfolio_here
from tenancy.api.etags import require_match, version_etag
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.selectors.members import member_here

FIELDS = ("subject", "text", "kind", "due_at", "is_all_day", "remind_at", "repeats", "repeats_until")


class TaskViewSet(ApiViewSet):
    """Tasks that the caller is to do, asked for, or sees because of the customer."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "interactions.view", "retrieve": "interactions.view", "create": "interactions.work",
        "partial_update": "interactions.work", "complete": "interactions.work", "drop": "interactions.work",
    }  # fmt: skip
    tag = "tasks"
    serializer_class = TaskSerializer
    filters = TaskFilters
    has_etag = True
    orderings = Orderings({"made_at": "made_at"}, default="-made_at")

    def list(self, request: Request) -> Response:
        """A page of tasks, the newest first."""
        return self.answer_page(TaskSerializer, visible_tasks(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One task."""
        return self._answer(found(visible_task(self.access, pk)))

    @extend_schema(request=TaskBodySerializer, responses={201: TaskSerializer})
    def create(self, request: Request) -> Response:
        """Note a task."""
        given = self.read(TaskBodySerializer)
        made, _ = make_task(
            **{name: given[name] for name in FIELDS},
            by=author_of(self.access),
            customer=self._named(
                given["customer"], "customer", lambda key: visible_customer(self.access, key)
            ),
            member=self._named(given["member"], "member", member_here),
            portfolio=self._named(given["portfolio"], "portfolio", open_portfolio_here),
        )
        return self._answer(made, status=201)

    @extend_schema(request=TaskChangeSerializer, responses={200: TaskSerializer})
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew what is to be done, and when."""
        task = self._to_change(pk)
        require_match(request, version_etag(task.version))
        given = {name: getattr(task, name) for name in FIELDS} | self.read(TaskChangeSerializer, partial=True)
        return self._answer(change_task(task=task, work=Work(**given), version=task.version))

    @extend_schema(request=None, responses={200: TaskSerializer})
    def complete(self, request: Request, pk: UUID) -> Response:
        """It is done. One that repeats is due again as a task of its own."""
        return self._answer(complete_task(task=self._to_change(pk), by=author_of(self.access)))

    @extend_schema(request=None, responses={200: TaskSerializer})
    def drop(self, request: Request, pk: UUID) -> Response:
        """It is not needed any more."""
        return self._answer(drop_task(task=self._to_change(pk), by=author_of(self.access)))

    def _to_change(self, pk: UUID) -> Task:
        return found(changeable_tasks(self.access).filter(id=pk).first())

    def _named(self, key: UUID | None, field: str, read: Any) -> Any:
        if key is None:
            return None
        named = read(key)
        if named is None:
            raise TaskRefused(f"There is no such {field}.", field=field)
        return named

    def _answer(self, task: Task, *, status: int = 200) -> Response:
        return self.answer(TaskSerializer, task, status=status, etag=version_etag(task.version))
