"""All commands. What a command needs is imported when it runs, so that each starts quickly."""
# ruff: noqa: PLC0415

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from backline.cli.box import DEFAULT_DATA, DEFAULT_HOST, DEFAULT_PORT, Box
from backline.cli.console import complain, exit_code
from backline.cli.options import Data, Host, Json, OfService, Port
from backline.cli.saga_commands import saga
from backline.kit.core.actor import Role
from backline.kit.core.errors import BacklineError

app = typer.Typer(
    name="backline",
    help="Runs a live room from one box. `backline up` starts it.",
    epilog="Exit codes: 0 done, 1 refused, 2 wrong usage, 3 cannot reach.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.add_typer(saga, name="saga")


def main() -> None:
    """Run one command; a refusal is one sentence and an exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except BacklineError as error:
        complain(error.detail)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def up(
    data: Data = DEFAULT_DATA,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    service_ports: Annotated[
        str,
        typer.Option(
            envvar="BACKLINE_SERVICE_PORTS",
            help="`off`: services answer behind the front door only.",
        ),
    ] = "on",
) -> None:
    """Run the whole box here, until Ctrl-C."""
    # While Python starts, Ctrl-C would end it with a traceback; `backline.__main__` lets it in.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    from backline.cli import up as module

    module.up(Box.at(data), host=host, port=port, service_ports=service_ports != "off")


@app.command()
def down(data: Data = DEFAULT_DATA) -> None:
    """Stop the box that runs on a data directory."""
    from backline.cli import status as module

    module.down(Box.at(data))


@app.command()
def status(*, data: Data = DEFAULT_DATA, json: Json = False) -> None:
    """Show every process of the box: name, pid, state, restarts."""
    from backline.cli import status as module

    module.show(Box.at(data), as_json=json)


@app.command(name="open")
def open_(data: Data = DEFAULT_DATA) -> None:
    """Open the room in the browser of this machine."""
    from backline.cli import status as module

    typer.launch(str(module.running(Box.at(data))["url"]))


@app.command()
def logs(
    name: Annotated[str, typer.Argument(help="A process, or all.")] = "all",
    *,
    data: Data = DEFAULT_DATA,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1)] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
) -> None:
    """Show the last lines of the logs."""
    from backline.cli import status as module

    module.logs(Box.at(data), name, lines=lines, follow=follow)


@app.command()
def serve(
    service: Annotated[str, typer.Argument(help="A service, or all.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = DEFAULT_HOST,
    port: Annotated[
        int | None, typer.Option(help="Of its REST doors, if not the usual one.")
    ] = None,
    rpc: Annotated[
        list[str] | None, typer.Option(help="Address of its gRPC doors: host:port or unix:/path.")
    ] = None,
    driver: Annotated[str | None, typer.Option(help="The player's: miniaudio or emulated.")] = None,
) -> None:
    """Run the doors of one service, on its own ports."""
    from backline.cli import children
    from backline.cli.registry import entries
    from backline.kit.process import run

    entries(service)
    overrides: dict[str, Any] = {} if driver is None else {"driver": driver}
    with children.prepared(children.process_name("serve", service)):
        run(lambda: children.plan_alone(service, host=host, port=port, rpc=rpc or [], **overrides))


@app.command()
def worker(service: Annotated[str, typer.Argument(help="A service, or all.")]) -> None:
    """Run the loops of one service: relay, consumers, jobs."""
    from backline.cli import children
    from backline.cli.registry import entries

    entries(service)
    with children.prepared(children.process_name("worker", service)):
        children.run_workers(service)


@app.command()
def migrate() -> None:
    """Bring every database that a setting names up to date."""
    import asyncio

    from backline.cli.box import inherited_environment
    from backline.cli.children import migrate_all

    asyncio.run(migrate_all(inherited_environment()))


@app.command()
def doctor(
    *,
    data: Data = DEFAULT_DATA,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    json: Json = False,
) -> None:
    """Say what is well and what is not, with the command that fixes it."""
    from backline.cli import doctor as module

    raise typer.Exit(module.doctor(Box.at(data), host=host, port=port, as_json=json))


Force = Annotated[bool, typer.Option("--force", help="Even if something is there already.")]


@app.command()
def backup(file: Path, *, data: Data = DEFAULT_DATA, force: Force = False) -> None:
    """Write databases, sounds and keys into one archive; also while the room plays."""
    from backline.cli import backup as module

    module.backup(Box.at(data), file, force=force)


@app.command()
def restore(file: Path, *, data: Data = DEFAULT_DATA, force: Force = False) -> None:
    """Put an archive of `backup` into a data directory."""
    from backline.cli import backup as module

    module.restore(Box.at(data), file, force=force)


@app.command()
def demo(
    *,
    data: Data = DEFAULT_DATA,
    remove: Annotated[bool, typer.Option("--remove", help="Take the demo content away.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also where people have songs of their own.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=1, max=600, help="No sound is longer than this.")
    ] = 600.0,
) -> None:
    """Fill the running room for trying: people, sounds, a queue with votes, acts, a history.

    The worker makes the sounds and puts them in as people would: they are checked, queued by the
    room's rule, and play. The history is written, not heard: nothing of it was played. Run
    twice, nothing is there twice; `--remove` takes away what was made and leaves the rest.
    """
    from backline.cli import demo as module

    if remove:
        module.remove(Box.at(data))
    else:
        module.fill(Box.at(data), most_s=seconds, force=force)


@app.command()
def openapi() -> None:
    """Print the API of all services as one OpenAPI 3.1 document."""
    from backline.cli import reference

    reference.print_openapi()


@app.command(hidden=True)
def welcome(url: str, data: Data = DEFAULT_DATA) -> None:
    """Say what there is to know at the start; `up` runs this."""
    from backline.cli import welcome as module

    module.welcome(Box.at(data), url)


users = typer.Typer(help="Accounts.", no_args_is_help=True)
app.add_typer(users, name="users")
Name = Annotated[str, typer.Argument(help="The name they log in with.")]


@users.command()
def create(
    name: Name,
    *,
    role: Annotated[Role, typer.Option(help="listener, host or admin.")] = Role.LISTENER,
    display_name: Annotated[str, typer.Option(help="How others see them.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make an account of any role."""
    from backline.cli import people

    people.create(Box.at(data), name, role, display_name, from_stdin=password_stdin)


@users.command(name="list")
def list_users(*, data: Data = DEFAULT_DATA, json: Json = False) -> None:
    """Show everybody."""
    from backline.cli import people

    people.list_all(Box.at(data), as_json=json)


@users.command()
def disable(
    name: Name,
    *,
    data: Data = DEFAULT_DATA,
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
) -> None:
    """Shut somebody out, everywhere within a second."""
    from backline.cli import people

    people.disable(Box.at(data), name, enable=undo)


@users.command()
def reset_link(name: Name, data: Data = DEFAULT_DATA) -> None:
    """Print a link by which somebody sets a new password."""
    from backline.cli import people

    people.reset_link(Box.at(data), name)


keys = typer.Typer(help="Signing keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command()
def rotate(data: Data = DEFAULT_DATA) -> None:
    """Sign with the next key from now on."""
    from backline.cli import people

    people.rotate_keys(Box.at(data))


@keys.command(name="list")
def list_keys(*, data: Data = DEFAULT_DATA, json: Json = False) -> None:
    """Show the keys: which one signs, which is next, which are still believed."""
    from backline.cli import people

    people.list_keys(Box.at(data), as_json=json)


@keys.command()
def revoke(
    kid: Annotated[str, typer.Argument(help="The key's name, as `keys list` shows it.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Stop believing a key that got into the wrong hands, everywhere within a second."""
    from backline.cli import people

    people.revoke_key(Box.at(data), kid)


outbox = typer.Typer(help="Events on their way to the log.", no_args_is_help=True)
app.add_typer(outbox, name="outbox")


@outbox.command()
def republish(
    *,
    since: Annotated[str, typer.Option(help="Of publishing, with its zone: 2026-11-21T10:00:00Z.")],
    service: Annotated[str, typer.Option(help="Of one service only.")] = "all",
    topic: Annotated[str | None, typer.Option(help="Of one topic only.")] = None,
    data: Data = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """Publish again, in the old order and with the old ids, what the event log has lost.

    For a broker that was restored from an old copy. Consumers recognise what they have handled.
    """
    from backline.cli import outbox as module

    module.republish(Box.at(data), since, service=service, topic=topic, as_json=json)


dead_letters = typer.Typer(
    help="Messages that could not be handled, and what waits behind them.", no_args_is_help=True
)
app.add_typer(dead_letters, name="dead-letters")
Letter = Annotated[str, typer.Argument(metavar="ID", help="As `dead-letters list` shows it.")]


@dead_letters.command(name="list")
def list_dead_letters(
    *,
    service: OfService = "all",
    group: Annotated[str | None, typer.Option(help="Of one consumer group only.")] = None,
    data: Data = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """Show the first message of each key that stands still, with its reason."""
    from backline.cli import dead_letters as module

    module.list_all(Box.at(data), service=service, group=group, as_json=json)


@dead_letters.command(name="show")
def show_dead_letter(
    letter: Letter, *, service: OfService = "all", data: Data = DEFAULT_DATA, json: Json = False
) -> None:
    """Show what a message says, why it could not be handled, and what waits behind it."""
    from backline.cli import dead_letters as module

    module.show(Box.at(data), letter, service=service, as_json=json)


@dead_letters.command()
def replay(letter: Letter, *, service: OfService = "all", data: Data = DEFAULT_DATA) -> None:
    """Have a message handled again, and then what waits behind it, in order."""
    from backline.cli import dead_letters as module

    module.decide(Box.at(data), letter, "replay", service=service)


@dead_letters.command()
def discard(letter: Letter, *, service: OfService = "all", data: Data = DEFAULT_DATA) -> None:
    """Have a message never handled; what waits behind it goes on."""
    from backline.cli import dead_letters as module

    module.decide(Box.at(data), letter, "discard", service=service)
