"""What every command does alike: options, one JSON document or text, named errors, exit codes, progress."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from connectors.base import RemoteError
from syncer.errors import Exit, SyncerError, UsageError

if TYPE_CHECKING:
    from syncer.config import Loaded

P = ParamSpec("P")
PIPE_COLUMNS = 200  # of a table that nobody looks at on a terminal: wide enough not to be broken

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file; else config.toml, else config.example.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Answer the question with yes. Never approves a tripped breaker.")
]

WaitOption = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0.0, help="How long to wait for a run that is at work.")
]
WAIT_S = 30.0  # for what people ask: longer than most cycles, shorter than patience

_EXIT_OF_KIND: Mapping[str, Exit] = {
    "auth": Exit.DENIED,
    "permission": Exit.DENIED,
    "quota": Exit.TEMPORARY,
    "transient": Exit.TEMPORARY,
    "unknown": Exit.TEMPORARY,
}


def console() -> Console:
    """Text for people on stdout; colour and width follow the terminal, and a pipe gets neither."""
    pipe = not sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=pipe, width=PIPE_COLUMNS if pipe else None)


def line(out: Console, text: str) -> None:
    """One line, whatever its length: cut at the edge of a terminal, whole in a pipe."""
    out.print(text, no_wrap=True, overflow="ignore" if out.soft_wrap else "ellipsis")


def exit_of_remote(error: RemoteError) -> Exit:
    return _EXIT_OF_KIND.get(error.kind, Exit.FAILED)


def loaded(config: Path | None) -> Loaded:
    from syncer.config import load_config  # pydantic: a third of a second that `--help` can do without

    return load_config(config)


def emit(as_json: bool, document: Mapping[str, Any], show: Callable[[Console], None]) -> None:
    """The document on stdout, or what `show` prints."""
    if as_json:
        sys.stdout.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
        sys.stdout.flush()
    else:
        show(console())


def command(run: Callable[P, Exit | None]) -> Callable[P, None]:
    """Wraps a command: its result is the exit code, and every error ends as name, message, action and code."""

    @functools.wraps(run)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            code = run(*args, **kwargs)
        except SyncerError as error:
            _fail(as_json, error.as_json(), int(error.exit_code))
        except RemoteError as error:
            code = exit_of_remote(error)
            document = {
                "name": type(error).__name__,
                "message": error.message,
                "action": error.action,
                "code": error.code,
                "side": error.side,
                "exit_code": int(code),
            }
            _fail(as_json, document, int(code))
        except BrokenPipeError:
            raise typer.Exit(int(Exit.DONE)) from None  # the reader of our output went away
        except KeyboardInterrupt:
            sys.stderr.write("Stopped. Nothing is lost: the next run goes on where this one was.\n")
            raise typer.Exit(130) from None
        else:
            raise typer.Exit(int(code or Exit.DONE))

    return wrapped


def _fail(as_json: bool, document: Mapping[str, Any], code: int) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps({"error": document}, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        shown = Console(stderr=True, highlight=False, soft_wrap=True)
        shown.print(f"[bold red]{escape(str(document['name']))}[/]: {escape(str(document['message']))}")
        if document.get("action") and str(document["action"]) not in str(document["message"]):
            shown.print(f"  {escape(str(document['action']))}")
    raise typer.Exit(code)


def confirm(question: str, yes: bool, as_json: bool) -> bool:
    """Asks on a terminal; without one, and without --yes, it is a usage error, never a guess."""
    if yes:
        return True
    if as_json or not sys.stdin.isatty():
        raise UsageError("NeedsYes", f"{question} There is nobody here to ask.", "Repeat the command with --yes.")
    return typer.confirm(question, default=False, err=True)


@contextmanager
def progress(as_json: bool = False) -> Iterator[Callable[[str], None]]:
    """Says on stderr which stage is at work; silent unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    with Console(stderr=True).status("starting") as status:
        yield lambda stage: status.update(stage)
