"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from entrepot.web import (
    acting,
    batches,
    desk,
    drawer,
    drawer_address,
    export,
    notices,
    preferences,
    search,
    today,
    undoing,
    whereis,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("desk/", desk.first, name="desk-first"),
    path("desk/<slug:slug>/", desk.desk, name="desk"),
    path("desk/<slug:slug>/countries/", desk.countries, name="desk-countries"),
    path("desk/<slug:slug>/do/<slug:act_slug>/", acting.act, name="desk-act"),
    re_path(r"^desk/(?P<slug>[a-z]+)/export\.(?P<kind>xlsx|csv)$", export.export, name="desk-export"),
    path("search/", search.search, name="search"),
    path("orders/<int:number>/", drawer.order, name="order"),
    path("orders/<int:number>/address/", drawer_address.address, name="order-address"),
    path("parcels/<int:number>/", drawer.parcel, name="parcel"),
    path("where/", whereis.where, name="where"),
    path("where/<int:store_id>/", whereis.ask, name="where-ask"),
    path("notices/", notices.refused, name="notices"),
    path("notices/ask/", notices.ask, name="notices-ask"),
    path("notices/do/<slug:slug>/", notices.settle, name="notices-do"),
    path("batches/", batches.batches, name="batches"),
    path("batches/undo/", undoing.undo_last, name="undo-last"),
    path("batches/<uuid:uuid>/", batches.batch, name="batch"),
    path("batches/<uuid:uuid>/undo/", batches.undo, name="batch-undo"),
    path("batches/<uuid:uuid>/results.csv", batches.download, name="batch-download"),
    path("files/<int:file_id>/", batches.stored_file, name="file"),
    path("preferences/", preferences.change, name="preferences"),
    path("", include("entrepot.web.settings_urls")),
]
