from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "entrepot.inventory"
    label = "inventory"
