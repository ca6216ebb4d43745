"""Short questions after a contact: satisfaction (CSAT), recommendation (NPS), effort (CES)."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from interactions.models.message import Message
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel


class Survey(TenantModel):
    class Kind(models.TextChoices):
        CSAT = "csat", "satisfaction, 1 to 5"
        NPS = "nps", "would they recommend us, 0 to 10"
        EFFORT = "effort", "how easy it was, 1 to 7"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=6, choices=Kind)
    question = models.CharField(max_length=200)
    channels = models.JSONField(default=list, help_text="after interactions on these channels; none: on any")
    wait_minutes = models.PositiveIntegerField(default=60)
    share = models.PositiveSmallIntegerField(default=100, help_text="of 100 contacts so many are asked about")
    rest_days = models.PositiveSmallIntegerField(
        default=90, help_text="nobody is asked again within so many days"
    )
    is_active = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="survey_name_once"),
            models.CheckConstraint(condition=Q(share__range=(1, 100)), name="survey_share"),
        ]

    def __str__(self) -> str:
        return self.name


class SurveyAsk(TenantModel):
    """A customer is asked once about one interaction. Its message waits and goes as any other does."""

    class State(models.TextChoices):
        WAITING = "waiting", "waits"
        ASKED = "asked", "asked"
        WITHHELD = "withheld", "not asked"
        ANSWERED = "answered", "answered"

    survey = TenantForeignKey(Survey, on_delete=models.CASCADE, related_name="asks")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="survey_asks")
    interaction = TenantForeignKey(Interaction, on_delete=models.CASCADE, related_name="survey_asks")
    message = TenantForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="survey_asks")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True, help_text="why they were not asked")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "survey", "interaction"], name="asked_once_a_contact")
        ]
        indexes = [
            models.Index(
                fields=["tenant", "survey", "-asked_at"],
                name="survey_asked",
                condition=Q(asked_at__isnull=False),
            ),
            models.Index(fields=["tenant", "customer", "-due_at"], name="survey_ask_of_customer"),
        ]

    def __str__(self) -> str:
        return self.state


class SurveyAnswer(TenantModel):
    """What somebody answered; the last answer counts."""

    id = None  # type: ignore[assignment]  # the ask is the key
    ask = TenantOneToOneField(SurveyAsk, primary_key=True, on_delete=models.CASCADE, related_name="answer")
    score = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    answered_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "-answered_at"], name="survey_answer_newest")]

    def __str__(self) -> str:
        return str(self.score)
