"""When and where a rule is read: the moment, the tenant's day and time zone, its currency."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from tenancy.models import TenantProfile


@dataclass(frozen=True)
class Setting:
    """Everything beside the facts that an answer depends on. The same setting and facts give the same answer."""

    now: datetime
    zone: ZoneInfo
    currency: str

    @property
    def today(self) -> date:
        """The day in the tenant's time zone."""
        return self.now.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The moment at which a day begins in the tenant's time zone (a gap is passed, PEP 495 fold 0)."""
        return datetime.combine(day, time.min, tzinfo=self.zone)

    def day_before(self, days: int) -> date:
        return self.today - timedelta(days=days)


def setting_now(now: datetime | None = None) -> Setting:
    """The active tenant's setting, now or at a moment asked for."""
    return setting_of(TenantProfile.objects.get(), now)


def setting_of(profile: TenantProfile, now: datetime | None = None) -> Setting:
    """The same for a profile that is at hand."""
    return Setting(now or timezone.now(), ZoneInfo(profile.time_zone), profile.currency)
