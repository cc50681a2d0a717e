"""Which marketplaces are played. A new twin is one line here."""

from entrepot.sandbox.twin import Twin


def all_twins() -> dict[str, Twin]:
    twins: list[Twin] = []
    return {twin.name: twin for twin in twins}
