"""Pages that are made from the code. `python -m docs` writes them; tests/unit/test_docs.py holds them fresh."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.settings")
