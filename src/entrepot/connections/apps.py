from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "entrepot.connections"
    label = "connections"
