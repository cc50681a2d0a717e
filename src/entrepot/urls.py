"""Every address of the house."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("entrepot.api.app")),
    path("", include("entrepot.web.urls")),
]
