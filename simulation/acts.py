"""What people and administrators do, by name: each act is one call on a model, addressed by tags, never by ids.

A tag names a subject (p1) on a side; the world knows which record stands for it there. An act that finds nobody, or
that the CRM refuses, did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from connectors.base import SideName
from simulation import knowledge
from simulation.mapping import PERSON_FIELDS, as_typed
from syncer.core.claims import Claim, claim, from_ledger, standing, to_json
from syncer.store.knowledge_rows import ClaimRow
from syncer.store.ports import Tx

if TYPE_CHECKING:
    from simulation.world import World


class Nobody(Exception):
    """The act's subject has no live record there."""


def named(world: World, side: SideName, tag: str) -> tuple[str, str]:
    """(object, id) of the live record that stands for the tag on that side."""
    found = world.tags.get((side, tag))
    if found is None or world.models[side].record(*found) is None:
        raise Nobody(f"{side} {tag}")
    return found


def remote_values(world: World, side: SideName, object_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical names to that object's fields; those without a place there are left out."""
    kind = world.kind_of(side, object_name)
    names = {item.name: item.on(side, object_name) for item in kind.fields}
    return {remote: as_typed(side, name, value) for name, value in values.items() if (remote := names.get(name))}


def edit(world: World, actor: str, side: SideName, tag: str, *pairs: Any) -> None:
    """field, value, field, value, ...: one save."""
    object_name, record_id = named(world, side, tag)
    values = remote_values(world, side, object_name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
    if values:
        world.models[side].update(object_name, record_id, values, f"human:{actor}")


def create(world: World, actor: str, side: SideName, tag: str, object_name: str, *pairs: Any) -> None:
    values = remote_values(world, side, object_name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
    if object_name in ("Lead", "Contact"):
        values = {"LastName": tag, **({"Company": "Acme"} if object_name == "Lead" else {}), **values}
    made = world.models[side].create(object_name, values, f"human:{actor}")
    world.tags[side, tag] = (object_name, made)


def delete(world: World, actor: str, side: SideName, tag: str) -> None:
    world.models[side].delete(*named(world, side, tag), f"human:{actor}")


def restore(world: World, actor: str, side: SideName, tag: str) -> None:
    found = world.tags.get((side, tag))
    if found is None:
        raise Nobody(tag)
    world.models[side].restore(*found, f"human:{actor}")


def merge(world: World, actor: str, side: SideName, winner: str, loser: str) -> None:
    object_name, winner_id = named(world, side, winner)
    other_object, loser_id = named(world, side, loser)
    if object_name != other_object or winner_id == loser_id:
        raise Nobody(loser)
    survivor = world.models[side].merge(object_name, winner_id, [loser_id], f"human:{actor}")
    for key, held in list(world.tags.items()):
        if key[0] == side and held in ((object_name, winner_id), (object_name, loser_id)):
            world.tags[key] = (object_name, survivor)


def convert(world: World, actor: str, tag: str, into: str = "") -> None:
    """The lead becomes a new contact, or goes into the one of another tag."""
    object_name, lead_id = named(world, "left", tag)
    if object_name != "Lead":
        raise Nobody(tag)
    contact_id = None
    if into:
        target, contact_id = named(world, "left", into)
        if target != "Contact":
            raise Nobody(into)
    made = world.org.convert(lead_id, f"human:{actor}", contact_id=contact_id)
    world.tags["left", tag] = ("Contact", made["Contact"])


def associate(world: World, actor: str, side: SideName, tag: str, account: str) -> None:
    """The person works for that account: AccountId, or the primary company."""
    object_name, record_id = named(world, side, tag)
    _, account_id = named(world, side, account)
    if side == "left":
        if object_name == "Contact":
            world.org.update(object_name, record_id, {"AccountId": account_id}, f"human:{actor}")
    else:
        world.portal.associate("contacts", record_id, "companies", account_id, f"human:{actor}")


def _places(side: SideName, field: str) -> list[tuple[str, str]]:
    item = next(item for item in PERSON_FIELDS if item.name == field)
    return list((item.left if side == "left" else item.right).items())


def hide_field(world: World, actor: str, side: SideName, field: str) -> None:
    """The administrator takes the integration user's sight of a field."""
    for object_name, name in _places(side, field):
        world.models[side].deny_field(object_name, name, read=False)
        world.broken_schema.append(lambda o=object_name, n=name: _allow(world, side, o, n))


def lock_field(world: World, actor: str, side: SideName, field: str) -> None:
    """The administrator takes the right to edit a field."""
    for object_name, name in _places(side, field):
        world.models[side].deny_field(object_name, name, edit=False)
        world.broken_schema.append(lambda o=object_name, n=name: _allow(world, side, o, n))


def _allow(world: World, side: SideName, object_name: str, name: str) -> None:
    world.models[side].deny_field(object_name, name, read=True, edit=True)


def allow_field(world: World, actor: str, side: SideName, field: str) -> None:
    for object_name, name in _places(side, field):
        _allow(world, side, object_name, name)


def remove_field(world: World, actor: str, field: str) -> None:
    """A property is archived; its values rest."""
    for object_name, name in _places("right", field):
        world.portal.remove_field(object_name, name)
        world.broken_schema.append(lambda: return_field(world, actor, field))


def return_field(world: World, actor: str, field: str) -> None:
    for object_name, name in _places("right", field):
        world.portal.change_field(object_name, name, archived=False)


def narrow(world: World, actor: str, length: int) -> None:
    """The left's text for sources becomes shorter than what is in it."""
    for object_name in ("Lead", "Contact"):
        world.org.change_field(object_name, "Source__c", length=length)
        world.broken_schema.append(lambda o=object_name: world.org.change_field(o, "Source__c", length=40))


def add_option(world: World, actor: str, option: str) -> None:
    """Interests get one more choice, of the same name on both sides."""
    world.options.append(option)
    for object_name in ("Lead", "Contact"):
        world.org.change_field(object_name, "Interests__c", options=[*INTEREST_LABELS, *world.options])
    values = [*INTEREST_VALUES, *world.options]
    world.portal.change_field(
        "contacts",
        "sim_interests",
        options=[{"label": each, "value": each, "displayOrder": place} for place, each in enumerate(values)],
    )


def say(
    world: World, actor: str, tag: str, field: str, word: Any, authority: str, age_s: float, lasts_s: float = 0
) -> None:
    """A source claims a field of a subject, as of `age_s` ago; it expires `lasts_s` from now. Stored as stages do."""
    now_ms = world.clock.now_ms()
    with world.store.transaction() as tx:
        link_id = _link_of(world, tx, tag)
        made = claim(
            link_id,
            field,
            knowledge.value_of(f"account.{field}" if tag.startswith("a") else field, word),
            authority,
            actor,
            now_ms - int(age_s * 1000),
            expires_ms=now_ms + int(lasts_s * 1000) if lasts_s else 0,
        )
        _store(world, tx, made)


def retract(world: World, actor: str, tag: str, field: str, stance: str) -> None:
    """The newest word on that field is withdrawn by its source, or refuted by a person."""
    with world.store.transaction() as tx:
        link_id, now_ms = _link_of(world, tx, tag), world.clock.now_ms()
        told = [from_ledger(row.claim) for row in tx.claims.of([link_id])[link_id] if row.field == field]
        counting = standing(told, now_ms)
        if not counting:
            raise Nobody(f"nothing was said of {field}")
        last = max(counting, key=lambda one: (one.observed_ms, one.claim_id))
        authority, source = (last.authority, last.source) if stance == "withdraws" else ("human", actor)
        _store(world, tx, claim(link_id, field, None, authority, source, now_ms, stance=stance, target=last.claim_id))


def _link_of(world: World, tx: Tx, tag: str) -> str:
    for side in ("left", "right"):
        found = world.tags.get((side, tag))
        link = tx.links.by_records(side, found[0], [found[1]]).get(found[1]) if found else None
        if link is not None:
            return link.link_id
    raise Nobody(f"{tag} is not linked")


def _store(world: World, tx: Tx, made: Claim) -> None:
    row = ClaimRow(
        made.claim_id,
        made.subject,
        made.field,
        made.authority,
        made.source,
        made.observed_ms,
        "",
        "",
        to_json(made),
    )
    world.tally.claims += tx.claims.add([row])
    tx.links.touch([made.subject])


INTEREST_LABELS: Final = ("Cloud", "Data", "Edge")
INTEREST_VALUES: Final = ("cloud", "data", "edge")

Act = Callable[..., None]
ACTS: Final[Mapping[str, Act]] = {
    act.__name__: act
    for act in (
        edit,
        create,
        delete,
        restore,
        merge,
        convert,
        associate,
        hide_field,
        lock_field,
        allow_field,
        remove_field,
        return_field,
        narrow,
        add_option,
        say,
        retract,
    )
}
