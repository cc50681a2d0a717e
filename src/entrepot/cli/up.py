"""`up`: the whole house under one supervisor; `worker` and the migration step that it runs."""

import os
import subprocess
import sys

import click

from entrepot.cli import house
from entrepot.cli.house import open_house
from entrepot.cli.sandbox_process import SANDBOX_PORT, command
from entrepot.embedded.address import Address
from entrepot.embedded.home import home
from entrepot.embedded.supervisor import Child, supervise


@click.command("up")
@click.option("--port", default=8000, envvar="ENTREPOT_PORT", show_default=True, help="Where the web answers.")
@click.option("--host", default="127.0.0.1", envvar="ENTREPOT_HOST", show_default=True, help="The address it binds.")
@click.option("--demo", is_flag=True, help="With a demo organization and orders to work on, if there is none yet.")
@click.option("--workers", default=2, envvar="ENTREPOT_WEB_WORKERS", show_default=True, help="Web processes.")
@click.option(
    "--sandbox-port", default=SANDBOX_PORT, envvar="ENTREPOT_SANDBOX_PORT", show_default=True,
    help="Where the sandbox of --demo answers.",
)  # fmt: skip
def up(port: int, host: str, demo: bool, workers: int, sandbox_port: int) -> None:
    """Start everything: PostgreSQL, web, worker. Ctrl-C stops all of it.

    With --demo the sandbox is started too: marketplaces that are played on this machine, with stores connected.
    """
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
    python = [sys.executable, "-m", "entrepot"]

    def prepare(address: Address | None) -> list[Child]:
        env = {"ENTREPOT_POOL": "1"}
        if demo:
            env["ENTREPOT_SANDBOX"] = f"http://127.0.0.1:{sandbox_port}"
        if address is not None:
            env["DATABASE_URL"] = address.url(house.DATABASE, house.OWNER)
        step = [*python, "prepare", *(["--demo", f"--sandbox-port={sandbox_port}", f"--web={url}"] if demo else [])]
        if subprocess.run(step, env={**os.environ, **env}, check=False).returncode != 0:  # noqa: S603
            raise click.ClickException("The database could not be brought up to date; see the lines above.")
        web = [
            sys.executable, "-m", "gunicorn", "entrepot.wsgi", "--bind", f"{host}:{port}", "--workers", str(workers),
            "--threads", "4", "--worker-tmp-dir", str(home()), "--graceful-timeout", "10", "--log-level", "warning",
        ]  # fmt: skip
        children = [Child("web", web, env, f"{url}/health/"), Child("worker", [*python, "worker"], env, None)]
        if demo:
            children.insert(0, Child("sandbox", command(home() / "sandbox", sandbox_port), {}, None))
        return children

    def on_ready() -> None:
        click.echo(f"\n  Entrepot is ready:  {url}")
        if demo:
            click.echo(f"  The sandbox:        http://127.0.0.1:{sandbox_port}   (marketplaces played on this machine)")
        note = home() / "sign-in.txt"
        if note.exists():
            click.echo("".join(f"  {line}\n" for line in note.read_text().splitlines()), nl=False)
        click.echo(f"  Data lives in {home()}.  Ctrl-C stops everything.\n")

    click.echo("Starting Entrepot …")
    sys.exit(
        supervise(
            cluster=house.cluster(),
            prepare=prepare,
            on_ready=on_ready,
            on_event=lambda line: click.echo(line, err=True),
            health_url=f"{url}/health/",
        )
    )


@click.command("prepare", hidden=True)
@click.option("--demo", is_flag=True)
@click.option("--sandbox-port", default=SANDBOX_PORT)
@click.option("--web", default="http://127.0.0.1:8000")
def prepare_command(demo: bool, sandbox_port: int, web: str) -> None:
    """What `up` does before the first page: migrate, and make the demo organization when asked."""
    with open_house():
        if demo:
            from entrepot.cli.showroom import furnish

            furnish(say=click.echo, sandbox_port=sandbox_port, web=web)


@click.command("worker")
@click.option("--concurrency", default=2, show_default=True, help="Jobs at a time.")
def worker(concurrency: int) -> None:
    """Run background jobs. `up` starts one by itself; start more on other machines."""
    os.environ["ENTREPOT_POOL"] = "1"
    with open_house():
        import asyncio
        import socket

        from procrastinate.contrib.django import app

        from entrepot.cli.lanes import work

        name = f"{socket.gethostname()}-{os.getpid()}"  # unique: a restarted worker must not be taken for a dead one
        worker_side = app.connector.get_worker_connector()  # type: ignore[attr-defined] # Django's connector has it
        running = app.with_connector(worker_side)
        asyncio.run(work(running, name, concurrency))


COMMANDS: list[click.Command] = [up, prepare_command, worker]
