"""Entrepot: the order desk and shipping room of a seller who sells in many stores and ships across borders."""

__version__ = "0.1.0"
