"""The control page: one HTML page without a framework, English and Chinese side by side."""

from typing import Any


def page(state: dict[str, Any], recent: list[dict[str, Any]]) -> str:
    return f"<!doctype html><title>Sandbox</title>{state['clock']['now']} {len(recent)}"
