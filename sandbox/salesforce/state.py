"""All that one org remembers, and what every room of the model asks of it: rows, visible fields, values, users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, NamedTuple

from sandbox.kernel import Ledger, SandboxClock
from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.settings import OrgSettings
from sandbox.salesforce.store import Row, Rows
from sandbox.salesforce.tables import relate

Automation = Callable[[str, str, Mapping[str, tuple[Any, Any]], str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes an edit, and the switches that came with the request. `limited`: field permissions apply."""

    actor: str
    user_id: str
    limited: bool = False
    request_id: str = ""
    auto_assign: bool = False
    allow_save: bool = False
    record_details: bool = False


class Undo(NamedTuple):
    """How a row was before a change of a trial run; `before` None: it did not exist."""

    rows: Rows
    id: str
    before: Row | None


@dataclass(slots=True)
class OrgState:
    """The org's memory. Single-threaded; rows change through `sandbox.salesforce.records` only."""

    settings: OrgSettings
    clock: SandboxClock
    ledger: Ledger
    objects: dict[str, ObjectDef]
    rows: dict[str, Rows]
    org_id: str = ""
    user_id: str = ""  # the integration user
    admin_id: str = ""  # stands for people who have no user of their own
    permission_set_id: str = ""  # owned by the integration user's profile
    denied: dict[tuple[str, str], tuple[bool, bool]] = field(default_factory=dict)  # (object, field) -> (read, edit)
    locked: set[str] = field(default_factory=set)  # rows that the API user may read but not write
    automation: Automation | None = None
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)  # id of a custom field -> its Tooling metadata
    trial: list[Undo] | None = None  # set while a transaction is tried before it is applied
    born_s: int = 0  # when the org began
    schema_version: int = 0
    schema_s: int = 0  # second of the last change of schema or permissions
    draws: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)
    calls: list[int] = field(default_factory=list)  # start of each counted call in the last 24 hours
    cursors: dict[str, Any] = field(default_factory=dict)  # query locator -> open cursor
    jobs: dict[str, Any] = field(default_factory=dict)  # id -> Bulk job
    spent: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # allowance -> (at_ms, amount) of a day
    used: dict[str, int] = field(default_factory=dict)  # further daily allowances: name in the limits resource -> spent
    refresh_tokens: dict[str, list[str]] = field(default_factory=dict)  # client id -> those that are valid
    _views: dict[str, ObjectDef] = field(default_factory=dict)
    _views_of: int = -1

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def object(self, name: str) -> ObjectDef | None:
        return self.objects.get(name.lower())

    def table(self, name: str) -> Rows:
        """Rows of a known object, with what is due committed. Raises KeyError."""
        rows = self.rows[name.lower()]
        rows.settle(self.clock.now_ms())
        return rows

    def row(self, object_name: str, record_id: str) -> Row | None:
        """The stored live row, None where it is missing or deleted."""
        row = self.table(object_name).get(record_id)
        return None if row is None or row.get("IsDeleted") else row

    def object_of(self, record_id: str) -> ObjectDef | None:
        """The object that an id's prefix names."""
        return next((made for made in self.objects.values() if made.key_prefix == record_id[:3]), None)

    # -- schema and permissions

    def schema_changed(self) -> None:
        """Call after every change of a definition or a permission."""
        self.schema_version += 1
        self.schema_s = max(self.schema_s + 1, self.clock.now_ms() // 1000)

    def related(self) -> None:
        relate(self.objects)
        self.schema_changed()

    def visible(self, name: str) -> ObjectDef | None:
        """The object as the integration user sees it: hidden fields absent, uneditable ones not writable."""
        if self._views_of != self.schema_version:
            self._views.clear()
            self._views_of = self.schema_version
        key = name.lower()
        found = self._views.get(key)
        if found is None and (definition := self.objects.get(key)) is not None:
            grants = self._grants(definition.name)
            fields = {}
            for lower, made in definition.fields.items():
                read, edit = self._access(definition, made, grants)
                if read:
                    fields[lower] = made if edit else replace(made, createable=False, updateable=False)
            found = self._views[key] = replace(definition, fields=fields)
        return found

    def _access(
        self, definition: ObjectDef, made: FieldDef, grants: Mapping[str, tuple[bool, bool]]
    ) -> tuple[bool, bool]:
        denied = self.denied.get((definition.name.lower(), made.name.lower()))
        read, edit = (True, True) if not made.custom or made.required else grants.get(made.name.lower(), (False, False))
        return (read and denied[0], edit and denied[1]) if denied else (read, edit)

    def _grants(self, object_name: str) -> dict[str, tuple[bool, bool]]:
        sets = {self.permission_set_id}
        sets |= {
            row["PermissionSetId"]
            for row in self.rows["permissionsetassignment"].all()
            if row["AssigneeId"] == self.user_id
        }
        found: dict[str, tuple[bool, bool]] = {}
        for row in self.rows["fieldpermissions"].all():
            if row["ParentId"] in sets and row["SobjectType"] == object_name:
                name = row["Field"].partition(".")[2].lower()
                read, edit = found.get(name, (False, False))
                found[name] = (read or row["PermissionsRead"], edit or row["PermissionsEdit"])
        return found

    # -- values

    def value(self, definition: ObjectDef, row: Row, made: FieldDef) -> Any:
        """A field's wire value, compounds and formulas included."""
        if made.type == "address":
            return _address(definition, row, made.name)
        if made.formula is not None:
            return self._formula(definition, row, made.formula)
        return row.get(made.name)

    def _formula(self, definition: ObjectDef, row: Row, formula: str) -> Any:
        if formula.startswith("COUNT("):
            child, _, reference = formula[6:-1].partition(".")
            return sum(not held.get("IsDeleted") for held in self.table(child).holders(reference, row["Id"]))
        first, _, rest = formula.partition(".")
        if not rest:
            found = definition.field(first)
            return None if found is None else self.value(definition, row, found)
        link = next((made for made in definition.fields.values() if made.relationship_name == first), None)
        target = row.get(link.name) if link is not None else None
        parent = self.object_of(target) if target else None
        if parent is None or (parent_row := self.row(parent.name, target)) is None:
            return None
        return self._formula(parent, parent_row, rest)

    # -- people

    def user(self, username: str) -> Row | None:
        return next(iter(self.rows["user"].holders("Username", username)), None)

    def human(self, actor: str) -> str:
        """The user id behind an actor: people by user name or alias, else the administrator; never the integration."""
        name = actor.partition(":")[2]
        if actor.startswith("human:") and name:
            for row in self.rows["user"].all():
                if name.lower() in (str(row.get(key, "")).lower() for key in ("Username", "Alias", "Name", "Email")):
                    return row["Id"]
            return self.admin_id
        return self.user_id

    # -- chance

    def draw(self, name: str) -> int:
        """128 bits that depend on the seed, the name and how often it was drawn."""
        count = self.draws[name] = self.draws.get(name, 0) + 1
        return int.from_bytes(blake2b(f"{self.settings.seed}:{name}:{count}".encode(), digest_size=16).digest(), "big")

    def oldest_transaction_s(self) -> int | None:
        """Stamp of the oldest change that is not committed yet, in seconds."""
        now_ms, oldest = self.now_ms(), None
        for rows in self.rows.values():
            rows.settle(now_ms)
            for waiting in rows.pending.values():
                oldest = waiting.stamped_s if oldest is None else min(oldest, waiting.stamped_s)
        return oldest

    @contextmanager
    def trying(self):
        """Everything stored inside is undone at the end, whatever happens; the ledger hears nothing of it.

        A trial inside a trial undoes its own part and leaves the outer one going.
        """
        outer = self.trial
        lasts = {name: rows.reserved for name, rows in self.rows.items()}
        self.trial = []
        try:
            yield
        finally:
            undo, self.trial = self.trial, outer
            for step in reversed(undo):
                step.rows.put_back(step.id, step.before)
            if any("Permission" in step.rows.definition.name for step in undo):
                self.schema_changed()
            for name, last in lasts.items():
                self.rows[name].reserved = last


def _address(definition: ObjectDef, row: Row, name: str) -> dict[str, Any] | None:
    prefix = name.removesuffix("Address")
    parts = ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street")
    found = {part[0].lower() + part[1:]: row.get(prefix + part) for part in parts}
    return found if any(value is not None for value in found.values()) else None
