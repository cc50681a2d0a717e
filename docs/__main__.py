"""Writes the generated pages of docs/reference."""

from docs.pages import REFERENCE, pages

for name, text in pages().items():
    (REFERENCE / name).parent.mkdir(exist_ok=True)
    (REFERENCE / name).write_text(text, encoding="utf-8")
    print(f"wrote docs/reference/{name}")
