from django.apps import AppConfig


class ParcelsConfig(AppConfig):
    name = "entrepot.parcels"
    label = "parcels"

    def ready(self) -> None:
        """A verb is known once its module is imported; the worker meets them only by name."""
        from entrepot.parcels import allocate, notify, pack, print, ship, unpack, void, waybill  # noqa: F401
