"""What in crm is personal, and why it is kept."""

from tenancy.registries import PersonalData

DECLARED = (
    PersonalData(
        "crm_customer", ("name", "name_key", "external_id", "language", "time_zone"), "to know who it is"
    ),
    PersonalData("crm_contactpoint", ("value", "value_key"), "to reach the customer"),
    PersonalData("crm_datumsource", (), "names the source of a datum, not the datum"),
    PersonalData("crm_product", (), "goods, not people"),
    PersonalData("crm_order", (), "sums and dates; anonymous without the customer"),
    PersonalData("crm_orderline", (), "goods; anonymous without the customer"),
    PersonalData("crm_payment", (), "sums and dates; anonymous without the customer"),
    PersonalData("crm_costevent", ("detail",), "what serving the customer cost"),
    PersonalData("crm_customersummary", ("name_key",), "to sort and filter by"),
    PersonalData("crm_timelineentry", ("title", "text"), "what happened with the customer"),
    PersonalData("crm_import", (), "names a file and its columns"),
    PersonalData("crm_importchunk", ("content",), "checked rows, until the import is done"),
    PersonalData("crm_importrow", ("raw",), "rejected rows, until the import is cleaned up"),
    PersonalData("crm_segment", (), "a condition and its name"),
    PersonalData("crm_segmentversion", ("author_name",), "who wrote a definition"),
    PersonalData("crm_segmentmember", (), "which segments a customer is in; gone with the customer"),
    PersonalData(
        "crm_segmentchange", (), "when a customer entered and left; gone with the customer, or after 90 days"
    ),
    PersonalData("crm_segmentsize", (), "counts"),
)
