"""The `manual` carrier: numbers are typed by a person, or drawn from a pool that was bought in advance."""

from entrepot.carriers.manual.numbers import FORMATS
from entrepot.carriers.manual.s10 import s10_range

__all__ = ["FORMATS", "s10_range"]
