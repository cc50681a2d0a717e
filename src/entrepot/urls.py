"""Every address of the house."""

from django.urls import include, path

from entrepot.web.health import health

urlpatterns = [
    path("health/", health),
    path("api/v1/", include("entrepot.api.app")),
    path("", include("entrepot.web.urls")),
]
