"""Keys that a home makes for itself: a file only its owner reads, made once, whoever comes first."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def read_or_make(path: Path, fresh: Callable[[], str]) -> str:
    """The file's text; when there is no file, one with `fresh()`. Two processes at once end up with the same key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(fresh() + "\n")
        with suppress(FileExistsError):  # somebody else was first, and theirs counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
