"""The desk's doors, mounted under /t/<slug>/; those that change one customer lie in crm."""

from django.urls import path

from crm.views import customers as records
from desk.views import adding, attributes, bulk, customer, finding, listing, may_we, my_day

ONE = "customers/<uuid:customer_id>/"

urlpatterns = [
    path("", my_day.home, name="home"),
    path("day/<slug:kind>/<uuid:record_id>/", my_day.day_answer, name="day_answer"),
    path("search/", finding.search, name="search"),
    path("log/", finding.log, name="log"),
    path("customers/", listing.customers, name="customers"),
    path("customers/totals/", listing.customers_totals, name="customers_totals"),
    path("customers/filter/", listing.customers_filter, name="customers_filter"),
    path("customers/new/", adding.new, name="customer_new"),
    path("customers/transfer/", bulk.transfer, name="customers_transfer"),
    path("customers/export/", bulk.export, name="customers_export"),
    path("exports/<uuid:job_id>/", bulk.download, name="export_file"),
    path("trash/", records.trash_list, name="trash"),
    path(ONE, customer.customer, name="customer"),
    path(f"{ONE}card/", customer.card, name="service_card"),
    path(f"{ONE}timeline/", customer.timeline, name="customer_timeline"),
    path(f"{ONE}changed/", customer.changed, name="customer_changed"),
    path(f"{ONE}why/<slug:figure>/", customer.figure, name="customer_figure"),
    path(f"{ONE}may-we/<uuid:answer_id>/", may_we.may_we, name="customer_may_we"),
    path(f"{ONE}orders/<uuid:order_id>/", customer.order, name="customer_order"),
    path(f"{ONE}edit/", records.edit, name="customer_edit"),
    path(f"{ONE}attributes/<slug:field>/", attributes.attribute, name="customer_attribute"),
    path(f"{ONE}status/", records.status, name="customer_status"),
    path(f"{ONE}trash/", records.trash, name="customer_trash"),
    path(f"{ONE}restore/", records.restore, name="customer_restore"),
    path(f"{ONE}points/", records.add_point, name="contact_point_add"),
    path(f"{ONE}points/<uuid:point_id>/", records.change_point, name="contact_point"),
]
