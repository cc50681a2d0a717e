"""`sandbox`: marketplaces played on this machine. The sandbox is a process of its own; these commands drive it over HTTP."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import httpx

from entrepot.cli.answers import fail, say
from entrepot.cli.files import JSON
from entrepot.cli.sandbox_process import SANDBOX_PORT
from entrepot.embedded.home import home as house_home

PORT = click.option(
    "--port", default=SANDBOX_PORT, envvar="ENTREPOT_SANDBOX_PORT", show_default=True, help="Where the sandbox answers."
)


@click.group("sandbox", invoke_without_command=True)
@PORT
@click.option(
    "--home", type=click.Path(path_type=Path), help="Folder of its state. Default: sandbox in the house's own."
)
@click.option(
    "--seed", default=1, show_default=True, help="Of keys, buyers, orders and faults; the first start decides."
)
@click.pass_context
def sandbox(context: click.Context, port: int, home: Path | None, seed: int) -> None:
    """Play marketplaces on this machine, in their own wire formats. Ctrl-C stops it; its state stays.

    Without a command: start. The control page is at http://127.0.0.1:PORT/.
    """
    context.obj = port
    if context.invoked_subcommand is not None:
        return
    folder = home or house_home() / "sandbox"
    command = [
        sys.executable,
        "-m",
        "entrepot.sandbox",
        "--home",
        str(folder),
        "--port",
        str(port),
        "--seed",
        str(seed),
    ]
    try:
        sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own module
    except KeyboardInterrupt:  # the child got it too
        sys.exit(0)


@sandbox.command("orders")
@click.option("--marketplace", default="", help="A name as `entrepot sandbox apps` lists them; the first without one.")
@click.option("--shop", default="alpha", show_default=True, help="alpha or beta.")
@click.option("--count", default=1, show_default=True, help="How many.")
@click.option("--seed", type=int, help="The same seed gives the same goods and buyers under new ids.")
@click.option(
    "--kind", "kinds", multiple=True, help="plain, repeat, bundle, battery, unpaid, hold, ask_cancel …; may repeat."
)
@click.option("--per-minute", type=float, help="Instead of making orders now: let so many come by themselves; 0 stops.")
@JSON
@click.pass_obj
def orders(
    port: int,
    marketplace: str,
    shop: str,
    count: int,
    seed: int | None,
    kinds: tuple[str, ...],
    per_minute: float | None,
    as_json: bool,
) -> None:
    """Make orders, or let them trickle in over all marketplaces."""
    if per_minute is not None:
        told = _ask(port, "trickle", {"per_minute": per_minute}, as_json)
        say(told, as_json, f"{told['per_minute']:g} orders a minute come by themselves.")
        return
    marketplace = marketplace or next(iter(_ask(port, "apps", None, as_json)))
    value: dict[str, Any] = {"marketplace": marketplace, "shop": shop, "count": count, "kinds": list(kinds)}
    if seed is not None:
        value["seed"] = seed
    told = _ask(port, "orders", value, as_json)
    say(
        told, as_json, f"{len(told['order_ids'])} orders: {', '.join(told['order_ids'][:5])}{' …' if count > 5 else ''}"
    )


ACTS = ("cancel", "ask-cancel", "change-address", "hold", "release", "pay")


@sandbox.command("act")
@click.argument("order")
@click.argument("act", type=click.Choice(ACTS))
@click.option("--marketplace", default="", help="Only needed where two have an order of this number.")
@JSON
@click.pass_obj
def act(port: int, order: str, act: str, marketplace: str, as_json: bool) -> None:
    """Let something happen to ORDER at its marketplace: a cancellation, a buyer's wish, another address, a hold.

    ORDER is the marketplace's number, as `entrepot sandbox ledger` and the desk's button Copy give it.
    """
    value = {"order_id": order, "act": act.replace("-", "_")} | ({"marketplace": marketplace} if marketplace else {})
    told = _ask(port, "act", value, as_json)
    asked = ", cancellation asked" if told.get("cancel_asked") else ""
    place = f"{told['recipient']['line1']}, {told['recipient']['city']}"
    where = f", now to {place}" if act == "change-address" else ""
    say(told, as_json, f"{told['marketplace']} {told['order_id']}: {told['status']}{asked}{where}.")


@sandbox.command("clock")
@click.argument("action", type=click.Choice(["show", "run", "pause", "jump"]), default="show")
@click.option("--seconds", default=3600.0, show_default=True, help="How far to jump.")
@JSON
@click.pass_obj
def clock(port: int, action: str, seconds: float, as_json: bool) -> None:
    """Show the virtual clock, let it run, stop it, or jump ahead: what was due meanwhile happens."""
    if action == "show":
        told = _ask(port, "state", None, as_json)["clock"]
    else:
        told = _ask(port, "clock", {"action": action, "seconds": seconds}, as_json)
    played = f", {told['played']} events were due" if "played" in told else ""
    say(told, as_json, f"{told['now']}, {'running' if told['running'] else 'standing still'}{played}.")


@sandbox.command("faults")
@click.option("--marketplace", default="*", show_default=True, help='A marketplace, or "*" for all.')
@click.option("--on", "fault", help="Turn this fault on.")
@click.option("--off", help="Turn this fault off.")
@click.option("--rate", default=1.0, show_default=True, help="How often it happens, 0 to 1.")
@click.option("--random", "seed", type=int, help="A schedule drawn from this seed, in place of what was on.")
@click.option("--clear", is_flag=True, help="Turn all faults off.")
@JSON
@click.pass_obj
def faults(
    port: int,
    marketplace: str,
    fault: str | None,
    off: str | None,
    rate: float,
    seed: int | None,
    clear: bool,
    as_json: bool,
) -> None:
    """Show what goes wrong and how often, or change it."""
    value: dict[str, Any] | None = None
    if clear:
        value = {"clear": True}
    elif seed is not None:
        value = {"random": seed}
    elif fault or off:
        value = {"marketplace": marketplace, "fault": fault or off, "rate": rate, "on": fault is not None}
    told = _ask(port, "faults", value, as_json)
    lines = [
        f"{where:<12}{name:<24}{share:.1%}" for where, rates in told["rates"].items() for name, share in rates.items()
    ]
    say(told, as_json, "\n".join(lines) or f"Nothing goes wrong. Known: {', '.join(told['known'])}")


@sandbox.command("ledger")
@click.option("--marketplace", default="", help="Only this one.")
@click.option("--after", default="", help="Only what changed since this instant (ISO).")
@JSON
@click.pass_obj
def ledger(port: int, marketplace: str, after: str, as_json: bool) -> None:
    """What stands at the marketplaces, in one plain shape."""
    found = _ask(port, "ledger", None, as_json, query={"marketplace": marketplace, "after": after})
    lines = [
        f"{one['marketplace']:<11}{one['shop']:<7}{one['order_id']:<22}{one['status']:<22}"
        + ", ".join(shipment["number"] or "-" for shipment in one["shipments"])
        for one in found
    ]
    say({"orders": found}, as_json, "\n".join(lines) or "There are no orders.")


@sandbox.command("apps")
@JSON
@click.pass_obj
def apps(port: int, as_json: bool) -> None:
    """The app keys, secrets and hosts to connect stores with."""
    told = _ask(port, "apps", None, as_json)
    lines = []
    for name, app in told.items():
        lines += [f"{name}", f"  key     {app['key']}", f"  secret  {app['secret']}"]
        lines += [f"  {host:<8}{url}" for host, url in app["hosts"].items()]
    say(told, as_json, "\n".join(lines))


def _ask(port: int, verb: str, value: dict[str, Any] | None, as_json: bool, query: dict[str, str] | None = None) -> Any:
    url = f"http://127.0.0.1:{port}/control/{verb}"
    try:
        got = httpx.get(url, params=query, timeout=120) if value is None else httpx.post(url, json=value, timeout=120)
        told = got.json()
    except (httpx.HTTPError, ValueError):
        fail(f"No sandbox answers on port {port}. Start it with: entrepot sandbox --port {port}", as_json=as_json)
    if got.status_code != 200:
        fail(str(told.get("error", told)), as_json=as_json)
    return told


COMMANDS: list[click.Command] = [sandbox]
