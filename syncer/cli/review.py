"""`syncer review`: what waits for a person, and the answers."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from syncer.cli.record_ids import full_id
from syncer.cli.shell import WAIT_S, ConfigOption, JsonOption, WaitOption, command, emit, loaded, progress
from syncer.cli.why_knowledge import show_candidates
from syncer.cli.words import SIDE_NAMES, printable, record_name, shown, when
from syncer.errors import Exit, UsageError

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A question, or the hash of a held plan.")]


class Side(StrEnum):
    """Whose value counts: left is Salesforce, right is HubSpot."""

    LEFT = "left"
    RIGHT = "right"


def register(app: typer.Typer) -> None:
    family = typer.Typer(
        no_args_is_help=True, help="Ambiguous links, conflicts, split pairs, held plans: list, accept."
    )
    family.command("list")(list_)
    family.command("accept")(accept)
    family.command("reject")(reject)
    app.add_typer(family, name="review")


@command
def list_(
    name: Annotated[str, typer.Argument(metavar="ID", help="Only this question.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> Exit:
    """Every question that is open, with the command that answers it. Asks no system, takes no lock."""
    from syncer.engine.system import SystemClock
    from syncer.report.questions import questions
    from syncer.store.database import open_store

    found = loaded(config)
    kinds = found.mappings().kinds
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            document = questions(tx, kinds, SystemClock().now_ms(), name)
    finally:
        store.close()
    emit(as_json, document, lambda console: show(console, document))
    return Exit.DONE


def show(console: Console, document: Mapping[str, Any]) -> None:
    now_ms = document["now_ms"]
    if not document["reviews"] and not document["holds"]:
        console.print("Nothing waits for you.")
    for row in document["reviews"]:
        _show_question(console, row, now_ms)
        console.print()
    for hold in document["holds"]:
        _show_hold(console, hold, now_ms)
        console.print()


def _show_question(console: Console, row: Mapping[str, Any], now_ms: int) -> None:
    console.print(f"[bold]{escape(row['id'])}[/]  asked {when(row['created_ms'], now_ms)}")
    if row["kind"] == "conflict":
        console.print(f"  {escape(row['subject'])}: which {row['field']} counts?")
        for side in ("left", "right"):
            console.print(f"    {SIDE_NAMES[side]:<11}{escape(shown(row[side]))}")
        console.print(f"  answer: syncer review accept {escape(row['id'])} --value left|right")
        return
    if row["kind"] == "proposal":
        _show_proposal(console, row)
        return
    console.print(f"  {record_name(row['record'])} {escape(_told(row['record']))}")
    console.print(f"  {escape(row['says'])}")
    if row["kind"] == "membership":
        show_candidates(console, row)
        return
    for candidate in row["candidates"]:
        taken = ", linked to another record" if candidate["link"] else ""
        role = "candidate" if candidate["side"] != row["record"]["side"] else "beside it"
        console.print(f"    {role} {record_name(candidate)} {escape(_told(candidate))}{taken}")
    for answer in row["answers"]:
        console.print(f"  answer: {escape(answer)}")


def _show_proposal(console: Console, row: Mapping[str, Any]) -> None:
    """What may have been said, in its own words."""
    console.print(f"  {escape(row['subject'])}: {escape(shown(row['says'], 120))}?   ({escape(row['reason'])})")
    console.print(f'    "{escape(printable(row["evidence"]["quote"]))}"  [dim]{escape(row["doc_id"])}[/]')
    for answer in row["answers"]:
        console.print(f"  answer: {escape(answer)}")


def _told(record: Mapping[str, Any]) -> str:
    """What a person knows a record by."""
    return ", ".join(f"{name} {shown(value, 40)}" for name, value in record["values"].items())


def _show_hold(console: Console, hold: Mapping[str, Any], now_ms: int) -> None:
    console.print(f"[bold]{hold['hash']}[/]  held {when(hold['created_ms'], now_ms)}")
    console.print(f"  {escape(hold['message'])}")
    for cell in hold["sample"]:
        field = "" if cell["field"] == "*" else f" {cell['field']} = {shown(cell['value'])}"
        console.print(f"    {cell['effect']} {escape(cell['subject'])}{escape(field)}")
    if hold["count"] > len(hold["sample"]):
        console.print(f"    ... and {hold['count'] - len(hold['sample'])} more; see them with: syncer plan --all")
    if hold["approved_by"]:
        until = when(hold["expires_ms"], now_ms)
        console.print(f"  [green]approved[/] by {escape(hold['approved_by'])}, until {until}: exactly this may pass")
    else:
        console.print(f"  answer: syncer review accept {hold['hash']}   or: syncer review reject {hold['hash']}")


@command
def accept(
    name: IdArgument,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    record: Annotated[str, typer.Option("--choose", metavar="ID", help="It is this record, or this account.")] = "",
    create: Annotated[bool, typer.Option("--create", help="It is somebody new: create it on the other side.")] = False,
    value: Annotated[Side | None, typer.Option("--value", help="This side's value counts.")] = None,
    wait: WaitOption = WAIT_S,
) -> Exit:
    """Answers a question: --choose or --create for a link, --value for a conflict, else nothing."""
    from syncer.engine.desk import desk
    from syncer.stages import decide
    from syncer.stages.proposals import accept_proposal

    found = loaded(config)
    if sum((bool(record), create, value is not None)) > 1:
        raise UsageError("TwoAnswers", "Give one of --choose, --create and --value.", "See `syncer review list`.")
    if value is not None:
        return _arbitrate(found, name, value, as_json, wait)
    with desk(found, wait) as context:
        with context.store.snapshot() as tx:
            hold = None if record or create else decide.hold_named(tx, name)
        if hold is not None:
            expires_ms = decide.approve_hold(context, hold.plan_hash, getpass.getuser())
            until = when(expires_ms, context.clock.now_ms())
            said = f"Approved until {until}: {hold.message} The next run makes exactly this: syncer sync"
            document: dict[str, Any] = {"approved": hold.plan_hash, "expires_ms": expires_ms, "says": said}
        elif record:
            account = full_id(record.removeprefix("hs:"))
            member = decide.choose_account(context, name, account, getpass.getuser())
            if member is not None:
                said = f"The person belongs to {member['name']}. The next run judges both together: syncer sync"
                document = {"confirmed": member["account"], "name": member["name"], "says": said}
            else:
                link = decide.choose(context, name, account)
                said = "Linked. The next run brings the two into step: syncer sync"
                document = {"linked": link.link_id, "says": said}
        elif create:
            link = decide.create_new(context, name)
            document = {"creates": link.link_id, "says": "The next run creates it on the other side: syncer sync"}
        elif (proposed := accept_proposal(context, name, getpass.getuser())) is not None:
            said = "It counts as your word. The next run brings it into both systems: syncer sync"
            document = {"accepted": name, **proposed, "says": said}
        else:
            action = "Add --choose RECORD_ID, --create or --value left|right; `syncer review list` says which fit."
            raise UsageError("AnswerMissing", f"{name} needs an answer.", action)
    emit(as_json, document, lambda console: console.print(escape(document["says"])))
    return Exit.DONE


def _arbitrate(found: Any, name: str, side: Side, as_json: bool, wait_s: float) -> Exit:
    from syncer.engine.cycle import look, noted_run
    from syncer.engine.session import session
    from syncer.stages.arbitrate import arbitrate
    from syncer.stages.decide import open_review

    with session(found, wait_s=wait_s) as context, progress(as_json) as told:
        with context.store.snapshot() as tx:
            open_review(tx, name)
        with noted_run(context, "review"):
            look(context, told)
            for error in context.report.paused.values():
                raise error
            done = arbitrate(context, name, side.value)
            for error in context.report.paused.values():
                raise error
    said = "Written to the other side." if done else "The other side did not take it; syncer quarantine list says why."
    emit(as_json, {"written": done, "says": said}, lambda console: console.print(said))
    return Exit.DONE if done else Exit.LEFTOVERS


@command
def reject(
    name: IdArgument, config: ConfigOption = None, as_json: JsonOption = False, wait: WaitOption = WAIT_S
) -> Exit:
    """Leaves everything as it is. A held plan is forgotten, and held again if it is planned again."""
    from syncer.engine.desk import desk
    from syncer.stages import decide

    with desk(loaded(config), wait) as context:
        with context.store.snapshot() as tx:
            hold = decide.hold_named(tx, name)
        if hold is not None:
            decide.drop_hold(context, hold.plan_hash)
            said = f"Forgotten: {hold.message} The next run asks again unless the values or the mapping change."
            document = {"dropped": hold.plan_hash, "says": said}
        else:
            decide.reject(context, name, getpass.getuser())
            said = "Left as it is. It is asked again only if the facts change."
            document = {"rejected": name, "says": said}
    emit(as_json, document, lambda console: console.print(escape(said)))
    return Exit.DONE
