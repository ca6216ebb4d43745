"""value's part of /api/v1/."""

from django.urls import path

from value.api.worth import CustomerValueViewSet

urlpatterns = [
    path("customers/<uuid:customer_id>/value/", CustomerValueViewSet.as_view({"get": "retrieve"})),
]
