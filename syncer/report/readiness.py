"""`syncer check`: everything that a run rests on, looked at once, with what to do about what is not right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import ObjectSchema, Remote, RemoteError, SideName
from syncer.core.fields import SIDES, KindMap
from syncer.errors import Exit, FileProblem, SyncerError
from syncer.mapping import check_against_schemas, needed_fields

SIDE_NAMES: Mapping[SideName, str] = {"left": "Salesforce", "right": "HubSpot"}
SETUP: Mapping[SideName, str] = {"left": "salesforce", "right": "hubspot"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `exit_code` is what a run would end with because of it; 0 where it is right."""

    name: str
    ok: bool
    detail: str
    action: str = ""
    exit_code: Exit = Exit.DONE

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "action": self.action}


def check_all(
    remotes: Mapping[SideName, Remote],
    kinds: Sequence[KindMap],
    open_state: Callable[[], str],
    exit_of_remote: Callable[[RemoteError], Exit],
) -> tuple[list[Check], list[FileProblem]]:
    """Every check in the order in which a person would mend things, and the mapping's problems. Writes nothing."""
    checks = [_state(open_state)]
    schemas: dict[tuple[SideName, str], ObjectSchema] = {}
    for side in SIDES:
        checks += _side(side, remotes[side], kinds, schemas, exit_of_remote)
    wanted = {(side, name) for kind in kinds for side in SIDES for name in kind.objects(side)}
    if wanted - set(schemas):
        return checks, []
    problems = list(check_against_schemas(kinds, schemas))
    errors = [problem for problem in problems if problem.severity == "error"]
    fields = sum(len(kind.fields) for kind in kinds)
    detail = f"{fields} fields in {len(kinds)} mappings fit both schemas"
    if errors:
        detail = f"{len(errors)} of {fields} fields do not fit the live schemas"
    checks.append(
        Check(
            "mappings",
            not errors,
            detail,
            "Correct the lines below." if errors else "",
            Exit.CONFIG if errors else Exit.DONE,
        )
    )
    for side, specs in sorted(needed_fields(kinds, schemas).items()):
        if specs:
            names = ", ".join(f"{spec.object}.{spec.name}" for spec in specs[:4])
            more = f" and {len(specs) - 4} more" if len(specs) > 4 else ""
            detail = f"{len(specs)} fields are not there yet: {names}{more}"
            checks.append(
                Check(f"{SETUP[side]} fields", False, detail, f"Run: syncer setup {SETUP[side]}", Exit.CONFIG)
            )
        else:
            checks.append(Check(f"{SETUP[side]} fields", True, "every field that is needed is there"))
    return checks, problems


def _state(open_state: Callable[[], str]) -> Check:
    try:
        return Check("state", True, open_state())
    except SyncerError as error:
        return Check("state", False, error.message, error.action, error.exit_code)


def _side(
    side: SideName,
    remote: Remote,
    kinds: Sequence[KindMap],
    schemas: dict[tuple[SideName, str], ObjectSchema],
    exit_of_remote: Callable[[RemoteError], Exit],
) -> Iterator[Check]:
    name = SETUP[side]
    try:
        identity = remote.identity()
    except RemoteError as error:
        yield Check(f"{name} log-in", False, error.message, error.action, exit_of_remote(error))
        return
    kind_of_account = "sandbox" if identity.is_sandbox else "production"
    yield Check(f"{name} log-in", True, f"{identity.name} ({identity.account_id}), {kind_of_account}")
    for kind in kinds:
        for object_name in kind.objects(side):
            try:
                schemas[side, object_name] = remote.schema(object_name)
            except RemoteError as error:
                yield Check(f"{name} {object_name}", False, error.message, error.action, exit_of_remote(error))
    for usage in remote.usage():
        if usage.limit:
            spent = f"{usage.used:,} of {usage.limit:,} calls used today"
            if usage.name.endswith(".day"):
                yield Check(f"{name} allowance", True, spent)
