from django.apps import AppConfig


class ParcelsConfig(AppConfig):
    name = "entrepot.parcels"
    label = "parcels"
