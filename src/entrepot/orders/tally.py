"""What became of a file, counted while it is taken in."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """What became of a file. `cancelled` counts cancellation documents taken in."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    cancelled: int = 0
    lines: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.rows += other.rows
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.cancelled += other.cancelled
        self.lines += other.lines
        self.refused += other.refused

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "orders": {
                "created": self.created,
                "updated": self.updated,
                "unchanged": self.unchanged,
                "cancelled": self.cancelled,
            },
            "lines": self.lines,
            "refused": self.refused,
        }
