"""Where every door is."""

from django.urls import include, path

from config import ops
from tenancy.views.signing_in import root

urlpatterns = [
    path("", root, name="root"),
    path("accounts/", include("tenancy.account_urls")),
    path("healthz", ops.healthz, name="healthz"),
    path("readyz", ops.readyz, name="readyz"),
    path("metrics", ops.metrics, name="metrics"),
    path("api/", include("config.api")),
    path("p/", include("interactions.public_urls")),
    path("p/", include("privacy.public_urls")),
    path("t/<slug:slug>/", include("tenancy.urls")),
    path("t/<slug:slug>/", include("rules.urls")),
    path("t/<slug:slug>/", include("crm.urls")),
    path("t/<slug:slug>/", include("privacy.urls")),
    path("t/<slug:slug>/", include("value.urls")),
    path("t/<slug:slug>/", include("portfolios.urls")),
    path("t/<slug:slug>/", include("interactions.urls")),
    path("t/<slug:slug>/", include("desk.urls")),
]
