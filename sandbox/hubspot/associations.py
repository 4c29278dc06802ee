"""Edges between records, kept in both directions, with their types, primaries and labels.

Pure bookkeeping: who is told of a change, and which properties mirror it, is decided in `linking`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sandbox.hubspot.association_types import AssociationType, standard_types
from sandbox.hubspot.errors import bad_request

Ends = dict[int, tuple[int, ...]]  # other record's id -> type ids, ascending
End = tuple[str, int]  # object type and record id


@dataclass(slots=True)
class Associations:
    """All edges: (from type, to type) -> from id -> to id -> type ids as seen from there."""

    types: dict[int, AssociationType] = field(default_factory=dict)
    pairs: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    edges: dict[tuple[str, str], dict[int, Ends]] = field(default_factory=dict)
    detached: dict[End, list[tuple[str, int, tuple[int, ...]]]] = field(default_factory=dict)
    next_label: int = 2_001  # clear of the standard ids: a type is found by its id alone

    @classmethod
    def standard(cls) -> Associations:
        made = cls()
        for kind in standard_types():
            made.define(kind)
        return made

    def define(self, kind: AssociationType) -> None:
        self.types[kind.id] = kind
        self.pairs.setdefault((kind.from_type, kind.to_type), []).append(kind.id)

    def relabel(self, number: int, label: str) -> None:
        self.types[number] = replace(self.types[number], label=label)

    def undefine(self, kind: AssociationType) -> None:
        """Takes a label of the portal's own away, in both directions and from every edge that carries it."""
        gone = {kind.id, kind.inverse}
        for origin, target in ((kind.from_type, kind.to_type), (kind.to_type, kind.from_type)):
            for record_id, ends in list(self.edges.get((origin, target), {}).items()):
                for other, kinds in list(ends.items()):
                    if not gone.isdisjoint(kinds):
                        self.edges[(origin, target)][record_id][other] = tuple(n for n in kinds if n not in gone)
            self.pairs[(origin, target)] = [n for n in self.pairs[(origin, target)] if n not in gone]
        for number in gone:
            self.types.pop(number, None)

    def between(self, origin: str, target: str) -> list[AssociationType]:
        """The types of a pair, in the order of their definition; empty when the pair cannot be associated."""
        return [self.types[number] for number in self.pairs.get((origin, target), ())]

    def plain(self, origin: str, target: str) -> AssociationType:
        """The unlabeled type of a pair. Raises PortalRefusal 400."""
        for kind in self.between(origin, target):
            if kind.label is None:
                return kind
        raise bad_request(f"No association types exist between {origin} and {target}")

    def primary(self, origin: str, target: str) -> AssociationType | None:
        return next((kind for kind in self.between(origin, target) if kind.primary), None)

    def ends(self, origin: str, record_id: int, target: str) -> Ends:
        """The records of one type that a record is associated with."""
        return self.edges.get((origin, target), {}).get(record_id, {})

    def primary_of(self, origin: str, record_id: int, target: str) -> int | None:
        main = self.primary(origin, target)
        if main is None:
            return None
        return next((other for other, kinds in self.ends(origin, record_id, target).items() if main.id in kinds), None)

    def put(self, origin: str, record_id: int, target: str, other_id: int, type_ids: set[int]) -> list[End]:
        """Makes the edge carry exactly these types and the unlabeled one; returns the ends that changed.

        A new primary takes the place of the old one, and the first edge of a pair that knows primaries becomes it.
        Raises PortalRefusal 400 for a type that is not one of this pair.
        """
        plain = self.plain(origin, target)
        for number in type_ids:
            kind = self.types.get(number)
            if kind is None or (kind.from_type, kind.to_type) != (origin, target):
                raise bad_request(f"Association type {number} does not exist between {origin} and {target}")
        main = self.primary(origin, target)
        if main is not None and not main.held:
            turned = {self.types[number].inverse for number in type_ids}
            return self.put(target, other_id, origin, record_id, turned)
        wanted = set(type_ids) | {plain.id}
        touched: list[End] = []
        if main is not None:
            current = self.primary_of(origin, record_id, target)
            if current is None:
                wanted.add(main.id)
            elif main.id in wanted and current != other_id:
                kept = tuple(n for n in self.ends(origin, record_id, target)[current] if n != main.id)
                self._set(origin, record_id, target, current, kept)
                touched.append((target, current))
        if self.ends(origin, record_id, target).get(other_id) != tuple(sorted(wanted)):
            self._set(origin, record_id, target, other_id, tuple(sorted(wanted)))
            touched += [(origin, record_id), (target, other_id)]
        return touched

    def cut(
        self, origin: str, record_id: int, target: str, other_id: int, type_ids: set[int] | None = None
    ) -> list[End]:
        """Takes types off an edge; all of them, or the unlabeled one, remove it. Returns ends that changed."""
        kinds = self.ends(origin, record_id, target).get(other_id)
        if kinds is None:
            return []
        plain = self.plain(origin, target).id
        left = () if type_ids is None or plain in type_ids else tuple(n for n in kinds if n not in type_ids)
        if left == kinds:
            return []
        self._set(origin, record_id, target, other_id, left)
        return [(origin, record_id), (target, other_id)]

    def _set(self, origin: str, record_id: int, target: str, other_id: int, kinds: tuple[int, ...]) -> None:
        back = tuple(sorted({self.types[number].inverse for number in kinds}))
        for key, here, there, values in (
            ((origin, target), record_id, other_id, kinds),
            ((target, origin), other_id, record_id, back),
        ):
            ends = self.edges.setdefault(key, {}).setdefault(here, {})
            if values:
                ends[there] = values
            else:
                ends.pop(there, None)
                if not ends:
                    del self.edges[key][here]

    def of(self, origin: str, record_id: int) -> list[tuple[str, int, tuple[int, ...]]]:
        """Every edge of a record: target type, other id, type ids."""
        return [
            (target, other, kinds)
            for (first, target), by_id in self.edges.items()
            if first == origin
            for other, kinds in by_id.get(record_id, {}).items()
        ]

    def detach(self, origin: str, record_id: int) -> list[End]:
        """Removes every edge of an archived record and remembers them for `attach`."""
        touched: list[End] = []
        kept = self.of(origin, record_id)
        for target, other, _ in kept:
            touched += self.cut(origin, record_id, target, other)
        if kept:
            self.detached[(origin, record_id)] = kept
        return touched

    def attach(self, origin: str, record_id: int, find: Callable[[str, int], int | None]) -> list[End]:
        """Puts back the edges of a restored record; returns ends that changed.

        `find` gives the live record an id stands for by now, or None. A primary edge comes back as primary only where
        no other has taken its place.
        """
        touched: list[End] = []
        for target, old, kinds in self.detached.pop((origin, record_id), ()):
            other = find(target, old)
            if other is not None and other not in self.ends(origin, record_id, target):
                kept = self._without_second_primary(origin, record_id, target, other, kinds)
                self._set(origin, record_id, target, other, kept)
                touched += [(origin, record_id), (target, other)]
        return touched

    def _without_second_primary(
        self, origin: str, record_id: int, target: str, other: int, kinds: tuple[int, ...]
    ) -> tuple[int, ...]:
        main = self.primary(origin, target)
        if main is None:
            return kinds
        taken = self.primary_of(origin, record_id, target) if main.held else self.primary_of(target, other, origin)
        return kinds if taken is None else tuple(number for number in kinds if number != main.id)

    def move(self, origin: str, old_id: int, new_id: int) -> None:
        """Hands the edges of a merged-away record to its survivor; a pair that both have keeps the types of both."""
        for target, other, kinds in self.of(origin, old_id):
            self.cut(origin, old_id, target, other)
            if target == origin and other == new_id:
                continue
            kept = self._without_second_primary(origin, new_id, target, other, kinds)
            held = self.ends(origin, new_id, target).get(other, ())
            self._set(origin, new_id, target, other, tuple(sorted({*held, *kept})))
