"""`set-password`: the way back in when nobody else can give one."""

import click

from entrepot.cli.answers import fail, say
from entrepot.cli.files import JSON
from entrepot.cli.house import open_house


@click.command("set-password")
@click.argument("email")
@JSON
def set_password(email: str, as_json: bool) -> None:
    """Make a new password for a person and show it once. At the next sign-in an own one is chosen."""
    with open_house():
        from entrepot.core.clock import now
        from entrepot.core.passwords import NoSuchPerson, reset_password

        try:
            password = reset_password(email=email, at=now())
        except NoSuchPerson:
            fail(f"Nobody has an account of the e-mail {email}.", as_json=as_json)
        say({"email": email, "password": password}, as_json, f"New password of {email}: {password}")


COMMANDS: list[click.Command] = [set_password]
