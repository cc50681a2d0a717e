"""What passes between the house and a carrier: plain values, no Django, no database."""

from typing import Protocol


class NumberRule(Protocol):
    """Checks a waybill number that a person typed or bought."""

    def normalise(self, text: str) -> str: ...

    def problem(self, number: str) -> str:
        """What is wrong with a normalised number, as a short phrase; "" when nothing is."""
        ...
