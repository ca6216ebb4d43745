from privacy.models.consent import Capture, ConsentChain, ConsentEvent, ConsentText, Person, Suppression
from privacy.models.contact import Contact, GateAnswer, GateFacts
from privacy.models.health import ConsentCount, ConsentMeasure
from privacy.models.lists import ListUpload
from privacy.models.purpose import Notice, PolicyVersion, PrivacyProfile, Purpose, TenantRegime
from privacy.models.requests import Erasure, PersonRequest, RequestNote, RequestStep
from privacy.models.retention import RetentionRule, RetentionRun
from privacy.models.sign_up import SignUp
from privacy.models.uploads import ConsentUpload

__all__ = [
    "Capture",
    "ConsentChain",
    "ConsentCount",
    "ConsentEvent",
    "ConsentMeasure",
    "ConsentText",
    "ConsentUpload",
    "Contact",
    "Erasure",
    "GateAnswer",
    "GateFacts",
    "ListUpload",
    "Notice",
    "Person",
    "PersonRequest",
    "PolicyVersion",
    "PrivacyProfile",
    "Purpose",
    "RequestNote",
    "RequestStep",
    "RetentionRule",
    "RetentionRun",
    "SignUp",
    "Suppression",
    "TenantRegime",
]
