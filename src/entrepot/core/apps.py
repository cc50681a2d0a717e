from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "entrepot.core"
    label = "core"
