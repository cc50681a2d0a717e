"""Where a cluster lies on disk and where its socket is, for the user the server runs as."""

import hashlib
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from entrepot.embedded.address import ClusterError
from entrepot.embedded.user import ServerUser, server_user

log = logging.getLogger(__name__)

PORT = 5432  # only a number in the socket's name: nothing listens on the network
SOCKET_PATH_BYTES = 103  # macOS allows 103, Linux 107; the smaller one keeps a home portable
SYSTEM_PLACE = Path("/var/lib/entrepot")
SHORT_PLACE = Path("/tmp")  # noqa: S108 - made 0700 and checked against tricks with symbolic links
POINTER = "elsewhere"


@dataclass(frozen=True, slots=True)
class Folders:
    """The places of one cluster: all below `base`, which is ours alone (0700)."""

    base: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder; exists only once it is complete."""
        return self.base / "data"

    @property
    def making(self) -> Path:
        """Where a new cluster is made until it is complete."""
        return self.base / "data.making"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.base / "server.log"

    @property
    def programs(self) -> Path:
        """Copies of PostgreSQL's programs, by version (only when the server's user is lent)."""
        return self.base / "programs"

    def socket_dir(self, uid: int) -> Path:
        """The socket's folder: inside, or a short one below /tmp when the path is too long or holds a comma.

        A comma would make libpq see a list of hosts.
        """
        inside = self.base / "run"
        socket = os.fsencode(inside / f".s.PGSQL.{PORT}")
        if len(socket) <= SOCKET_PATH_BYTES and b"," not in socket:
            return inside
        return SHORT_PLACE / f"entrepot-{uid}-{_hash(self.base)}"


def resolved(data_dir: Path) -> Folders:
    """The real place of the cluster named `data_dir`: itself, or where its pointer file leads. Makes nothing."""
    try:
        pointed = (data_dir / POINTER).read_text().strip()
    except FileNotFoundError:
        return Folders(data_dir)
    except PermissionError as error:
        raise ClusterError(
            f"{data_dir} belongs to another user: run as that user, or choose another folder with ENTREPOT_HOME."
        ) from error
    return Folders(Path(pointed))


def prepared(data_dir: Path) -> tuple[Folders, ServerUser]:
    """Makes the folders of the cluster, and finds the user for the server. No folder that was there changes its mode.

    When root lends the server a user who cannot walk to `data_dir` (a 0700 home of root), the cluster goes to
    /var/lib/entrepot and a pointer file in `data_dir` says so. What root makes stays root's, but for the data and the
    socket: the server's user can then put nothing in the way of root.
    """
    make(data_dir)
    folders = resolved(data_dir)
    owner = _owner(folders)
    user = server_user(owner)
    if not user.can_enter(folders.base):
        if owner is not None or folders.base != data_dir:
            raise ClusterError(
                f"User {user.uid}, who runs PostgreSQL here, cannot walk to {folders.base}: "
                "let others pass through that folder and its parents (chmod o+x), or move it."
            )
        folders = _elsewhere(data_dir)
    _make_socket_dir(folders.socket_dir(user.uid), user)
    return folders, user


def make(folder: Path) -> None:
    """Makes a folder of our own, closed to others (root lets its lent user pass through); an old one is left alone."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
    except OSError as error:
        raise ClusterError(
            f"The folder {folder} cannot be made ({error.strerror}); choose another one with ENTREPOT_HOME."
        ) from error


def same_owner(path: Path) -> None:
    """Root working in somebody's folder leaves no file there that its owner could not use."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def _owner(folders: Folders) -> int | None:
    for place in (folders.data, folders.base):
        try:
            found = place.stat().st_uid
        except FileNotFoundError:
            continue
        except PermissionError:
            return folders.base.stat().st_uid
        if place == folders.data or found != 0:
            return found  # a folder of an ordinary user, with root at work in it: the server is that user's
    return None


def _elsewhere(data_dir: Path) -> Folders:
    folders = Folders(SYSTEM_PLACE / _hash(data_dir))
    make(folders.base)
    SYSTEM_PLACE.chmod(0o755)
    (data_dir / POINTER).write_text(f"{folders.base}\n")
    log.warning("%s is closed to the user who runs PostgreSQL; the database is kept in %s", data_dir, folders.base)
    return folders


def _make_socket_dir(folder: Path, user: ServerUser) -> None:
    """Makes the socket's folder, or accepts it when it is a true folder, owned by the right user and closed."""
    try:
        folder.mkdir(mode=0o700)
        user.give(folder)
    except FileExistsError:
        pass
    if not is_closed(folder, user.uid):
        raise ClusterError(
            f"{folder} is not a closed folder of the user who runs PostgreSQL, so somebody else may listen there; "
            "remove it and try again."
        )


def is_closed(folder: Path, uid: int) -> bool:
    """Whether `folder` is a true folder (no symbolic link) of user `uid`, closed to everybody else."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
