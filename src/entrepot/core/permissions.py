"""What a role may do. Authorization comes first everywhere: every verb names the permission it needs."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    CLERK = "clerk"
    PACKER = "packer"
    VIEWER = "viewer"


class Permission(StrEnum):
    VIEW = "view"
    IMPORT = "import"
    REVIEW = "review"
    PACK = "pack"
    WAYBILL = "waybill"
    ALLOCATE = "allocate"
    PRINT = "print"
    SHIP = "ship"
    STOCK = "stock"
    CATALOG = "catalog"
    EXPORT = "export"
    SETTINGS = "settings"
    MEMBERS = "members"
    CONNECT = "connect"  # the owner's alone: stores and their keys


_PACKER = {Permission.VIEW, Permission.PRINT, Permission.SHIP, Permission.ALLOCATE}
_CLERK = _PACKER | {
    Permission.IMPORT,
    Permission.REVIEW,
    Permission.PACK,
    Permission.WAYBILL,
    Permission.EXPORT,
    Permission.CATALOG,
}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.PACKER: frozenset(_PACKER),
    Role.CLERK: frozenset(_CLERK),
    Role.MANAGER: frozenset(_CLERK | {Permission.STOCK, Permission.SETTINGS}),
    Role.OWNER: frozenset(Permission),
}


class NotAllowed(Exception):
    """The actor's role lacks the permission."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"Your role does not allow this: {permission.value}. Ask an owner of the organization.")
        self.permission = permission


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of an organization, or the system itself (`member_id` None)."""

    organization_id: int
    member_id: int | None
    name: str
    permissions: frozenset[Permission]

    def require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise NotAllowed(permission)

    def named(self, member_id: int | None) -> "Actor":
        """The same powers in another member's name: the worker acts for whoever asked."""
        return replace(self, member_id=member_id)


def system_actor(organization_id: int) -> Actor:
    """The actor of jobs and of the command line on the machine itself."""
    return Actor(organization_id, None, "system", frozenset(Permission))


def member_actor(organization_id: int, member_id: int, name: str, role: str) -> Actor:
    return Actor(organization_id, member_id, name, GRANTS[Role(role)])
