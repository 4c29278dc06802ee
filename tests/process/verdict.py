"""What became of every human edit, told by the ledger of the systems, their records, and the state file alone."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from syncer.core.canon import canoniser
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule, SideName, other
from syncer.core.values import UncanonicalError
from tests.process.pair import KEYS, SYSTEMS, Pair

Cell = tuple[SideName, str, str, str]  # side, object, record id, canonical name
LOOK_MS = 10_000  # the worker may know a side as it was so long ago: equal to that is equal when looked at
LEFT_OUT = (Rule.DONT_SYNC,)


class State:
    """The state file, opened for reading only, without the program that wrote it."""

    def __init__(self, path: Path) -> None:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as file:
            file.row_factory = sqlite3.Row
            self.links = [dict(row) for row in file.execute("SELECT * FROM link")]
            self.journal = [dict(row) for row in file.execute("SELECT * FROM journal")]
            self.aliases = [dict(row) for row in file.execute("SELECT * FROM alias")]
            self.open_intents = file.execute(
                "SELECT count(*) FROM intent WHERE state IN ('planned', 'sent', 'unknown', 'applied')"
            ).fetchone()[0]
            self.quarantined = {(row[0], row[1]) for row in file.execute("SELECT link_id, field FROM quarantine")}
            written = [
                tuple(row)
                for table in ("intent", "journal")
                for row in file.execute(f"SELECT side, object, remote_id, link_id FROM {table} WHERE remote_id <> ''")
            ]
            self.reviewed = {row[0] for row in file.execute("SELECT link_id FROM review WHERE state = 'open'")}
        file.close()
        self.link_of: dict[tuple[SideName, str, str], str] = {}
        for row in self.aliases:
            self.link_of[row["side"], row["object"], row["id"]] = row["link_id"]
        for row in self.links:
            self.link_of["left", row["left_object"], row["left_id"]] = row["link_id"]
            self.link_of["right", row["right_object"], row["right_id"]] = row["link_id"]
        self.ends: dict[tuple[str, SideName], set[tuple[str, str]]] = defaultdict(set)
        for (side, name, record_id), link_id in self.link_of.items():
            self.ends[link_id, side].add((name, record_id))
        for side, name, record_id, link_id in written:  # records that the link once had, before a merge took them
            self.ends[link_id, side].add((name, record_id))


class Verdict:
    """`fates` counts what became of the edits; `wrong` tells what broke a promise."""

    def __init__(self, pair: Pair) -> None:
        self.state = State(pair.folder / "syncer.db")
        self.kinds = {(side, name): kind for kind in pair.kinds for side in SYSTEMS for name in kind.objects(side)}
        self.live = {side: pair.records(side) for side in SYSTEMS}
        self.edits = pair.ledger()
        self.fates: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._conversions = {(edit["actor"], edit["at_ms"]) for edit in self.edits if edit["op"] == "convert"}
        self._cells = self._by_cell()
        self._lost = {
            (row["side"], row["link_id"], row["field"], self._canon_json(row))
            for row in self.state.journal
            if row["state"] in ("effective", "restored")
        }
        for cell, changes in self._cells.items():
            self._follow(cell, changes)
        self._one_record_each()
        self._in_step()

    # -- every edit has an end

    def _by_cell(self) -> dict[Cell, list[tuple[dict[str, Any], Any]]]:
        side_of = {system: side for side, system in SYSTEMS.items()}
        cells: dict[Cell, list[tuple[dict[str, Any], Any]]] = defaultdict(list)
        for edit in self.edits:
            side = side_of[edit["system"]]
            kind = self.kinds.get((side, edit["object"]))
            if kind is None:
                continue
            names = {item.on(side, edit["object"]): item for item in kind.fields if item.rule not in LEFT_OUT}
            for field, (_, new) in edit["changes"].items():
                item = names.get(field)
                if item is not None and item.type is not FieldType.REFERENCE:
                    value = _canon(item, side, new)
                    cells[side, edit["object"], edit["id"], item.name].append((edit, value))
        return cells

    def _follow(self, cell: Cell, changes: list[tuple[dict[str, Any], Any]]) -> None:
        side, name, record_id, field = cell
        for place, (edit, value) in enumerate(changes):
            if not edit["actor"].startswith("human:") or edit["op"] not in ("create", "update"):
                continue
            if value is None and edit["op"] == "create":
                continue  # a blank that nobody entered
            if (name, record_id) not in self.live[side]:
                self.fates["its record was ended by a person"] += 1
                continue
            following = changes[place + 1] if place + 1 < len(changes) else None
            if following is None:
                self.fates["still there"] += 1
            elif not following[0]["actor"].startswith("engine:"):
                self.fates["superseded by its people"] += 1
            elif following[1] == value:
                self.wrong.append(f"written over itself: {cell} {edit}")
            elif self._travelled(cell, value, edit, following[0]):
                self.fates["propagated before a newer edit came back"] += 1
            elif value is None and self._keeps(cell):
                self.fates["a clear that its rule does not send on, filled by a newer edit"] += 1
            elif self._is_base_again(cell, value, edit, following[0]):
                self.fates["back to what both sides held before"] += 1
            elif (side, self.state.link_of.get((side, name, record_id)), field, value) in self._lost:
                self.fates["journaled"] += 1
            else:
                self.wrong.append(f"LOST {value!r} of {cell}: {self._story(cell)}")

    def _travelled(self, cell: Cell, value: Any, edit: dict[str, Any], overwritten: dict[str, Any]) -> bool:
        """Whether the other side held it between the edit and its overwriting, or was last seen to hold it."""
        side, field = cell[0], cell[3]
        for name, record_id in self._counterparts(cell):
            there: Cell = (other(side), name, record_id, field)
            held = self._at_first(there)
            for change, value_there in self._cells.get(there, ()):
                if change["edit_id"] > overwritten["edit_id"]:
                    break
                seen = change["at_ms"] > edit["at_ms"] - LOOK_MS
                if seen and value in (held, value_there):
                    return True
                held = value_there
            if held == value:
                return True
        return False

    def _at_first(self, cell: Cell) -> Any:
        """What a cell held before its first change, or holds if it never had one."""
        side, name, record_id, field = cell
        item = self.kinds[side, name].field_named(field)
        held = item.on(side, name)
        if self._cells.get(cell):
            return _canon(item, side, self._old(cell, 0))
        live = self.live[side].get((name, record_id))
        return _canon(item, side, live[held]) if live is not None and held else ("not there",)

    def _keeps(self, cell: Cell) -> bool:
        return self.kinds[cell[0], cell[1]].field_named(cell[3]).blank == "keep"

    def _is_base_again(self, cell: Cell, value: Any, edit: dict[str, Any], overwritten: dict[str, Any]) -> bool:
        """Changed and changed back, or copied by a conversion: both sides held this value before, it is no news."""
        side, link_id = cell[0], self.state.link_of.get(cell[:3], "")
        mine = self._held(link_id, side, cell[3], edit["edit_id"])
        theirs = self._held(link_id, other(side), cell[3], overwritten["edit_id"])
        copied = edit["op"] == "create" and (edit["actor"], edit["at_ms"]) in self._conversions
        return (copied or value in mine) and value in theirs

    def _held(self, link_id: str, side: SideName, field: str, before: int) -> set[Any]:
        """Every value that this side of a link held before an edit, on whatever record."""
        found: set[Any] = set()
        for name, record_id in self.state.ends[link_id, side]:
            cell: Cell = (side, name, record_id, field)
            found.add(self._at_first(cell))
            found |= {value for edit, value in self._cells.get(cell, ()) if edit["edit_id"] < before}
        return found

    def _old(self, cell: Cell, place: int) -> Any:
        """What the cell held before its n-th change."""
        item = self.kinds[cell[0], cell[1]].field_named(cell[3])
        return self._cells[cell][place][0]["changes"][item.on(cell[0], cell[1])][0]

    def _counterparts(self, cell: Cell) -> set[tuple[str, str]]:
        return self.state.ends[self.state.link_of.get(cell[:3], ""), other(cell[0])]

    def _story(self, cell: Cell) -> str:
        """Both sides of a cell, change by change, for whoever has to find out."""
        link_id = self.state.link_of.get(cell[:3], "")
        cells = [(side, *end, cell[3]) for side in SYSTEMS for end in self.state.ends[link_id, side]]
        lines = [
            (edit["edit_id"], edit["at_ms"], *one[:3], edit["actor"], edit["op"], self._old(one, place), held)
            for one in cells
            for place, (edit, held) in enumerate(self._cells.get(one, ()))
        ]
        kept = [row for row in self.state.journal if row["link_id"] == link_id and row["field"] == cell[3]]
        kept = [{name: row[name] for name in ("side", "loser", "winner", "state", "reason", "at_ms")} for row in kept]
        return "\n  ".join(map(str, [link_id, *sorted(lines, key=str), *kept]))

    def _canon_json(self, row: dict[str, Any]) -> Any:
        kind = self.kinds[row["side"], row["object"]]
        item = next((one for one in kind.fields if one.name == row["field"]), None)
        return None if item is None else _canon(item, row["side"], json.loads(row["loser"]))

    # -- nobody twice, both sides alike

    def _one_record_each(self) -> None:
        for side, system in SYSTEMS.items():
            held = Counter(values[KEYS[side]] for values in self.live[side].values() if values.get(KEYS[side]))
            self.wrong += [f"{side}: {count} records hold the key {key}" for key, count in held.items() if count > 1]
            made: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for edit in self.edits:
                ours = edit["op"] == "create" and edit["actor"].startswith("engine:") and edit["system"] == system
                if ours and (side, edit["object"]) in self.kinds:
                    made[edit["changes"][KEYS[side]][1]].append(edit)
            for key, creates in made.items():
                for before, after in pairwise(creates):
                    if not self._ended_by_people(before, after["edit_id"]):
                        self.wrong.append(f"{side}: two creates for one link {key}: {creates}")
            known = {row["sync_key"] for row in self.state.links}
            self.wrong += [f"{side}: a create of no link: {key}" for key in made if key not in known]

    def _ended_by_people(self, created: dict[str, Any], before: int) -> bool:
        """Whether people deleted or merged a record away whose creation the worker had not heard of yet."""
        for edit in self.edits[created["edit_id"] : before]:
            if edit["system"] != created["system"] or edit["op"] not in ("delete", "archive", "merge"):
                continue
            if edit["id"] == created["id"] or created["id"] in map(str, edit["changes"].get("merged_id", ())):
                return edit["actor"].startswith("human:")
        return False

    def _in_step(self) -> None:
        """I7 for the two-way fields: linked records agree, unless a cell waits for a person or a side is blank."""
        for row in self.state.links:
            if row["state"] != "linked" or row["link_id"] in self.state.reviewed:
                continue
            left = self.live["left"].get((row["left_object"], row["left_id"]))
            right = self.live["right"].get((row["right_object"], row["right_id"]))
            if left is None or right is None:
                self.wrong.append(f"linked, but not there: {row}")
                continue
            self._agree(self.kinds["left", row["left_object"]], row, left, right)

    def _agree(self, kind: KindMap, row: dict[str, Any], left: dict[str, Any], right: dict[str, Any]) -> None:
        for item in kind.fields:
            names = item.on("left", row["left_object"]), item.on("right", row["right_object"])
            if item.rule is not Rule.TWO_WAY or item.type is FieldType.REFERENCE or None in names:
                continue
            ours, theirs = _canon(item, "left", left[names[0]]), _canon(item, "right", right[names[1]])
            waits = {(row["link_id"], item.name), (row["link_id"], "*")} & self.state.quarantined
            if ours != theirs and ours is not None and theirs is not None and not waits:
                cell: Cell = ("left", row["left_object"], row["left_id"], item.name)
                self.wrong.append(f"out of step: {item.name} {ours!r} and {theirs!r}: {self._story(cell)}")


def _canon(item: FieldMap, side: SideName, raw: Any) -> Any:
    try:
        return canoniser(item, side)(raw)
    except UncanonicalError:
        return ("unreadable", str(raw))
