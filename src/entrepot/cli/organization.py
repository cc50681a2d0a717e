"""Which organization a command works for. On the machine itself the command line acts as the system."""

import sys

import click

from entrepot.core.clock import now
from entrepot.core.organizations import create_organization, organization_named
from entrepot.core.permissions import Actor, system_actor


def organization_and_actor(name: str | None) -> tuple[int, Actor]:
    found = organization_named(name)
    if found is None and name is not None:
        click.echo(f"There is no organization {name}.", err=True)
        sys.exit(2)
    organization_id = found or create_organization(name="My organization", at=now())
    return organization_id, system_actor(organization_id)
