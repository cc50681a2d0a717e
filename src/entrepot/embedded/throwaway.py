"""A cluster for one test run: fast, unsafe, and gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from entrepot.embedded.cluster import Cluster


@contextmanager
def throw_away(*, bootstrap: Sequence[str] = (), settings: Mapping[str, str] = {}) -> Iterator[Cluster]:
    """A cluster that is not started yet, in a new folder that root's lent user can walk to; removed at the end.

    A folder of pytest or mkdtemp is 0700 of root, so a cluster of root in it would be kept in /var/lib/entrepot.
    """
    folder = Path(tempfile.mkdtemp(prefix="entrepot-throw-away-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    cluster = Cluster(folder / "pg", bootstrap=bootstrap, settings=settings, durable=False)
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)
