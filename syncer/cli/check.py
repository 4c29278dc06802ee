"""`syncer check`: configuration, log-ins, mappings against both live schemas; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, exit_of_remote, loaded
from syncer.errors import Exit, FileProblem

if TYPE_CHECKING:
    from syncer.config import Loaded
    from syncer.report.readiness import Check


def register(app: typer.Typer) -> None:
    app.command("check")(check)


@command
def check(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Looks at everything a run rests on, and says who must do what about the rest. Missing fields end with 78."""
    from syncer.engine.session import connect
    from syncer.engine.system import SystemClock, SystemEntropy
    from syncer.report.readiness import check_all

    configuration = loaded(config)
    kinds = configuration.mappings().kinds
    known = _knowledge(configuration)
    remotes = connect(configuration, SystemClock(), SystemEntropy())
    checks, problems = check_all(remotes, kinds, lambda: _open_state(configuration), exit_of_remote)
    checks = [*checks, *known]
    wrong = [item.exit_code for item in checks if not item.ok]
    code = wrong[0] if wrong else Exit.DONE
    document = {
        "ok": not wrong,
        "configuration": str(configuration.path),
        "checks": [item.as_json() for item in checks],
        "problems": [problem.as_json() for problem in problems],
        "exit_code": int(code),
    }
    emit(as_json, document, lambda console: _show(console, str(configuration.path), checks, problems))
    return code


def _knowledge(configuration: Loaded) -> list[Check]:
    """What is judged by, who is asked, how leads are handed over, what figures are held against.

    Raises InvalidFileError for broken files.
    """
    from syncer.engine.knowing import knowledge
    from syncer.engine.system import SystemClock, SystemEntropy
    from syncer.mapping.reports import load_reports
    from syncer.report.readiness import Check

    with knowledge(configuration, SystemClock(), SystemEntropy()) as known:  # what a run opens is opened here as well
        definition, hand_off = known["definition"], known["hand_off_policy"]
        hears, lookalike = known["hears"], known["lookalike"]
        exports = [export for name in sorted(known["providers"]) if (export := _export(name, known["providers"][name]))]
        sources = ", ".join(sorted(known["providers"])) or "nobody: no [enrichment.NAME] section names one"
    signed = f"{definition.name} {definition.version}, signed by both teams" if definition else "none: nothing judged"
    handed = ", ".join(hand_off.statuses) if hand_off else "nothing"
    facts = f"for {len(hears.facts)} facts and {len(hears.objections)} objections" if hears else "for nothing"
    predicts = ", ".join(fact.name for fact in lookalike.facts) if lookalike else "nothing"
    return [
        Check("definition", True, signed),
        Check("listening", True, facts),
        Check("enrichment", True, f"asks {sources}"),
        *exports,
        Check("hand-off", True, f"hands over {handed}"),
        Check("lookalikes", True, f"may predict {predicts}"),
        Check("reports", True, load_reports(configuration.mappings_dir()).band),
    ]


def _export(name: str, provider: object) -> Check | None:
    """An export that is not as declared stops no run, but nobody is asked in it."""
    from connectors.enrichment.export import ExportError
    from connectors.enrichment.file import FileProvider
    from syncer.report.readiness import Check

    if not isinstance(provider, FileProvider):
        return None
    try:
        provider.check()
    except ExportError as error:
        return Check(f"export {name}", False, f"{error.name}: {error.message}", error.action, Exit.CONFIG)
    return Check(f"export {name}", True, "is as declared")


def _open_state(configuration: Loaded) -> str:
    """Opens the state for reading where there is one. Raises SyncerError."""
    from syncer.store import open_store
    from syncer.store.errors import StoreMissingError

    try:
        open_store(configuration.state_url(), exclusive=False).close()
    except StoreMissingError:
        return "none yet; the first sync makes it"
    return "opens"


def _show(console: Console, path: str, checks: Sequence[Check], problems: Sequence[FileProblem]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    table.add_row("[green]ok[/]", "configuration", escape(path))
    for item in checks:
        mark = "[green]ok[/]" if item.ok else "[red]no[/]"
        action = f" {item.action}" if item.action else ""
        table.add_row(mark, item.name, escape(item.detail + action))
    console.print(table)
    for problem in problems:
        if problem.name == "NotSetUp":
            continue  # the line of its system counts them, and setup lists them
        console.print(escape(str(problem)), style="red" if problem.severity == "error" else "yellow")
