from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "entrepot.orders"
    label = "orders"

    def ready(self) -> None:
        """A verb is known once its module is imported; the worker meets them only by name."""
        from entrepot.orders import cancel, edit_address, hold, review  # noqa: F401
