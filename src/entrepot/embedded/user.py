"""Which user the server runs as: PostgreSQL refuses root, so root lends it an unprivileged one."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from entrepot.embedded.address import ClusterError

LENT = ("postgres", "nobody")


class RunAs(TypedDict, total=False):
    """The keywords of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user that owns the data; `lent` when this process is root and the server is not."""

    uid: int
    gid: int
    lent: bool

    def run_as(self) -> RunAs:
        """What to add to subprocess.Popen."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.lent else {}

    def give(self, path: Path) -> None:
        """Hands one path that we made to the server's user; never its parents, never through a symbolic link."""
        if self.lent:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the server's user can walk to `folder`; tried, not computed, so that ACLs count too."""
        if not self.lent:
            return os.access(folder, os.X_OK)
        tried = subprocess.run(  # noqa: S603 - a fixed script; the folder is an argument
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", folder],
            cwd="/",
            capture_output=True,
            check=False,
            timeout=30,
            **self.run_as(),
        )
        return tried.returncode == 0


def server_user(owner: int | None) -> ServerUser:
    """The user for the server; `owner` is who owns the data already, if there are any. Root never runs it itself."""
    me = os.geteuid()
    if me != 0:
        if owner is not None and owner != me:
            raise ClusterError(
                f"The database belongs to {_name(owner)}, and this is {_name(me)}: "
                f"run it as {'root or ' if owner else ''}{_name(owner)}, or choose another folder with ENTREPOT_HOME."
            )
        return ServerUser(me, os.getegid(), lent=False)
    if owner:
        return ServerUser(owner, _group(owner), lent=True)
    for name in LENT:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(found.pw_uid, found.pw_gid, lent=True)
    raise ClusterError(
        f"PostgreSQL refuses to run as root and there is no user {' or '.join(LENT)} to lend: "
        "run Entrepot as an ordinary user."
    )


def _name(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


def _group(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
