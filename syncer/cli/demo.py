"""`syncer demo`: the main job, start to end, on two CRMs that live on this machine."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.demo_known import show_known, show_learned, show_predicted, what_is_known, what_is_predicted
from syncer.cli.plan import show_plan
from syncer.cli.shell import JsonOption, command, console, emit, line
from syncer.cli.sync import show_run
from syncer.cli.words import SIDE_NAMES, shown
from syncer.errors import Exit

if TYPE_CHECKING:
    from sandbox.app import Sandbox
    from syncer.config import Loaded

CONFIG = """\
# Made by `syncer demo`: points at the sandbox that it started.
[state]
url = "sqlite:///syncer.db"
[sandbox]
file = "sandbox.json"
[mappings]
dir = "mappings"
"""
CAPS = "run = 300\nday = 300"  # credits: as shipped both are 0, and nothing that has a price is asked
INDEX_LAG_MS = (
    15_000  # HubSpot's search shows an edit a little later; the demo moves the sandbox's clock instead of waiting
)


PLAN_SHOWN = 2  # of the writes planned, and of what people did, the lines that make the point
EDITS_SHOWN = 4
LOSSES_SHOWN = 2


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


@command
def demo(
    as_json: JsonOption = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox running at the end, until Ctrl-C.")] = False,
    accounts: Annotated[int, typer.Option(min=1, help="Companies in the sandbox.")] = 40,
    people: Annotated[int, typer.Option(min=1, help="People in the sandbox.")] = 120,
    edits: Annotated[int, typer.Option(min=1, help="What the sandbox's people do between the two runs.")] = 40,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files; emptied first.")] = Path("var/demo"),
) -> Exit:
    """Starts two CRMs, brings them into step, lets people edit on both sides, and syncs again. Needs nothing."""
    from sandbox.app import Sandbox, SandboxOptions
    from syncer.config import load_config

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    _mappings(folder / "mappings")
    out = Console(highlight=False, stderr=True) if as_json else console()
    started_s = time.monotonic()
    with Sandbox.start(SandboxOptions(folder=folder, accounts=accounts, people=people)) as running:
        story = _play(out, running, load_config(folder / "config.toml"), edits)
        story["seconds"] = round(time.monotonic() - started_s, 1)
        emit(as_json, story, lambda screen: _ending(screen, story, folder, keep))
        if keep:
            _wait_for_the_end(out)
    return Exit.DONE


def _play(out: Console, running: Sandbox, loaded: Loaded, edits: int) -> dict[str, Any]:
    """The acts of the demo, each with its heading; returns what happened as a document."""
    from syncer.engine.needs import lacking
    from syncer.engine.planning import make_plan
    from syncer.engine.session import session

    with session(loaded) as context:
        _act(out, "1", "Two CRMs on this machine, filled with companies and people that overlap in part")
        out.print(f"  Salesforce {running.salesforce_url}   HubSpot {running.hubspot_url}")
        specs = lacking(loaded, context.remotes)
        for side in ("left", "right"):
            context.remotes[side].create_fields(specs.get(side, []))
        made = f"{len(specs.get('left', []))} fields in Salesforce, {len(specs.get('right', []))} in HubSpot"
        _act(out, "2", f"Setup: {made}, with permissions")
        _act(out, "3", "Plan: what the first sync would write, before it writes")
        plan = make_plan(context)
        show_plan(out, {**plan, "reviews": 0, "quarantined": 0}, PLAN_SHOWN)
    first = _run(loaded, running, approve=True)
    _act(out, "4", "Apply: the first sync")
    counts = first["counts"]
    created = sum(count for name, count in counts.items() if name.startswith("creates."))
    out.print(f"  {_writes_of(first)} writes: {created} records created, {_writes_of(first) - created} updated")
    show_learned(out, first)
    _act(out, "5", f"People work on both sides: {edits} edits, some on the same record at once")
    with running.lock:
        running.driver.drive()
        did = running.let_people(edits)
        did += running.talk(edits) + running.engage(edits)
    for deed in did[:EDITS_SHOWN]:
        line(out, f"  {escape(deed)}")
    if len(did) > EDITS_SHOWN:
        out.print(f"  [dim]... and {len(did) - EDITS_SHOWN} more[/]")
    running.driver.advance(INDEX_LAG_MS)
    _act(out, "6", "Sync again: only what changed")
    second = _run(loaded, running)
    _show_run(out, second)
    show_learned(out, second)
    with session(loaded) as context:
        _show_journal(out, context, second["run"])
    running.driver.advance(INDEX_LAG_MS)
    third = _run(loaded, running)
    _act(out, "7", "Sync once more: nothing is left to write")
    _show_run(out, third)
    with session(loaded) as context:
        known, predicted = what_is_known(context), what_is_predicted(context)
        figures = _figures(context)
    _act(out, "8", "What is known now, and on what evidence")
    show_known(out, known)
    _act(out, "9", "What accounts like them suggest, where it was tested and holds")
    show_predicted(out, predicted)
    return {
        "plan": len(plan["writes"]),
        "first": first,
        "people": did,
        "second": second,
        "third": third,
        "known": known,
        "predicted": predicted,
        **figures,
    }


def _mappings(folder: Path) -> None:
    """The mappings as shipped, with credits to spend: here vendors are as free as everything else."""
    from syncer.config.load import packaged

    shutil.copytree(packaged("mappings"), folder)
    file = folder / "enrichment.toml"
    text = file.read_text("utf-8")
    assert "run = 0\nday = 0" in text, "the caps as shipped"
    file.write_text(text.replace("run = 0\nday = 0", CAPS, 1), "utf-8")


def _run(loaded: Loaded, running: Sandbox, approve: bool = False) -> dict[str, Any]:
    from syncer.engine.cycle import approve_first_sync, sync
    from syncer.engine.session import session
    from syncer.report.summary import summary

    with session(loaded) as context:
        if approve:
            approve_first_sync(context)
        sync(context)
        return summary(context)


def _show_run(out: Console, run: dict[str, Any]) -> None:
    """Without the open questions: the ending counts them once."""
    show_run(out, {**run, "reviews": 0})


def _show_journal(out: Console, context: Any, run: str) -> None:
    """The edits that lost against another one, which is what the journal is for."""
    with context.store.snapshot() as tx:
        rows = tx.journal.list(run_id=run, states=("effective",))
    one_each = {row.remote_id: row for row in rows if row.field != "owner"}
    for row in list(one_each.values())[:LOSSES_SHOWN]:
        lost = f"{shown(row.loser, 24)} lost to {shown(row.winner, 24)}"
        told = f"{row.field} of {SIDE_NAMES[row.side]} {row.object} {row.remote_id}: {lost}"
        line(out, f"  [dim]journal:{row.seq}[/] {escape(told)}")


def _figures(context: Any) -> dict[str, Any]:
    with context.store.snapshot() as tx:
        links = {f"{kind}.{state}": count for (kind, state), count in tx.links.count_by_state().items()}
        journal = tx.journal.list(states=("effective",))
        reviews = tx.reviews.count_open()
    example = next((row for row in journal if row.field != "owner"), None)
    return {
        "links": links,
        "journaled": len(journal),
        "reviews": reviews,
        "example": {"id": example.remote_id, "field": example.field, "seq": example.seq} if example else None,
    }


def _act(out: Console, number: str, text: str) -> None:
    out.print()
    out.print(f"[bold cyan]{number}[/] [bold]{text}[/]")


def _ending(out: Console, story: dict[str, Any], folder: Path, keep: bool) -> None:
    out.print()
    table = Table(
        title=f"What happened in {story['seconds']} seconds",
        title_justify="left",
        box=None,
        pad_edge=False,
        show_header=False,
    )
    table.add_column()
    table.add_column(justify="right")
    linked = sum(count for name, count in story["links"].items() if name.endswith(".linked"))
    writes = [_writes_of(story[name]) for name in ("first", "second", "third")]
    table.add_row("subjects in step on both sides", str(linked))
    table.add_row("writes of the first sync", str(writes[0]))
    table.add_row("edits by people in between", str(len(story["people"])))
    table.add_row("writes of the second sync", str(writes[1]))
    table.add_row("writes of the third sync", str(writes[2]))
    table.add_row("overwritten values, all in the journal", str(story["journaled"]))
    table.add_row("questions left to a person", str(story["reviews"]))
    known = story["known"]
    table.add_row("facts claimed, each with its evidence", str(known["claims"]))
    table.add_row("leads handed over to sales", str(known["handed_over"]))
    table.add_row("TRUE leads", str(known["statuses"].get("TRUE lead", 0)))
    out.print(table)
    out.print()
    out.print("Where to look:")
    for text, told in _pointers(story, folder, keep):
        out.print(f"  {text:<34} {told}")
    if not keep:
        out.print("[dim]The sandbox stops now. Leave it running with --keep.[/]")


def _writes_of(run: dict[str, Any]) -> int:
    ops = ("creates.", "updates.", "archives.")
    return sum(count for name, count in run["counts"].items() if name.startswith(ops))


def _pointers(story: dict[str, Any], folder: Path, keep: bool) -> list[tuple[str, str]]:
    config = f"--config {folder / 'config.toml'}"
    pointers = [
        ("the state of everything", f"syncer status {config}"),
        ("open questions", f"syncer review list {config}"),
    ]
    example = story["example"]
    if example:
        pointers.append(("where one value comes from", f"syncer why {example['id']} {example['field']} {config}"))
    if story["known"]["example"]:
        subject = story["known"]["example"]["email"]
        pointers.append(("a TRUE lead and its evidence", f"syncer why {subject} {config}"))
    pointers.append(("the funnel", f"syncer report funnel {config}"))
    if keep:
        pointers.append(("take the second sync back", f"syncer undo {story['second']['run'][:12]} {config}"))
    return pointers


def _wait_for_the_end(out: Console) -> None:
    out.print("The sandbox is running. Stop it with Ctrl-C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        out.print("Stopped.")
