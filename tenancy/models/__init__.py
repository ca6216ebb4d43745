from tenancy.models.audit import AccessEntry, AuditDifference, AuditEntry
from tenancy.models.file import StoredFile, StoredFilePart
from tenancy.models.idempotency import IdempotencyRecord
from tenancy.models.job import Job, JobPart, Schedule
from tenancy.models.member import Delegation, Member, Role, Unit
from tenancy.models.outbox import OutboxEvent, OutboxStep
from tenancy.models.tenant import Membership, Tenant, TenantProfile
from tenancy.models.token import ApiToken
from tenancy.models.user import User

__all__ = [
    "AccessEntry",
    "ApiToken",
    "AuditDifference",
    "AuditEntry",
    "Delegation",
    "IdempotencyRecord",
    "Job",
    "JobPart",
    "Member",
    "Membership",
    "OutboxEvent",
    "OutboxStep",
    "Role",
    "Schedule",
    "StoredFile",
    "StoredFilePart",
    "Tenant",
    "TenantProfile",
    "Unit",
    "User",
]
