"""Which pages are generated, and from what."""

from pathlib import Path

from docs import commands, files, policies, stages

REFERENCE = Path(__file__).parent / "reference"


def pages() -> dict[str, str]:
    """File name in docs/reference -> the text it must have."""
    return {"commands.md": commands.page(), "stages.md": stages.page(), "files.md": files.page(), **policies.pages()}
