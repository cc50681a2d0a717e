"""Where Entrepot keeps what it owns on this machine."""

import os
from pathlib import Path


def home() -> Path:
    """The folder of this installation: ENTREPOT_HOME, else ./var of the checkout, else ~/.local/share/entrepot.

    The folder is named, not made; it may not exist yet.
    """
    named = os.environ.get("ENTREPOT_HOME", "").strip()
    if named:
        return Path(named).expanduser().absolute()
    checkout = Path(__file__).absolute().parents[3]
    if (checkout / "pyproject.toml").is_file() and (checkout / "src" / "entrepot").is_dir():
        return checkout / "var"
    return Path("~/.local/share/entrepot").expanduser().absolute()
