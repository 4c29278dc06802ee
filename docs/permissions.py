"""Writes docs/permissions.md: the least that the user needs in Salesforce, field by field, from the mappings.

Run by `make permissions` after a change of the mappings; a test compares the page with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from syncer.core.fields import KindMap, Rule
from syncer.mapping import load_mappings
from syncer.mapping.hand_off import load_hand_off
from syncer.mapping.sense import writes_to
from syncer.mapping.words import CROSS_REFERENCE, OUR_FIELDS

HERE = Path(__file__).parent
HEAD = """\
# What the integration user needs in Salesforce

Made from the mappings by `make permissions`; where yours differ, make it anew. HubSpot grants whole objects by scope
and has nothing to set for single properties.

System permission: **API Enabled**, **Access Activities** to hear what was said, and for the hand-off **Edit Tasks**.
Nothing else: no View Setup, no Modify All Data, no log-in to the screens. Users are read (Id, Email) to match owners,
which every user may.

`syncer setup salesforce` makes the permission set `Syncer` with the object rights and with the fields that it creates.
The rights on fields that were there before are yours to give: the rows below. Fields that Salesforce itself requires
(such as `LastName`) and `OwnerId` come with the object and are not offered in permission sets.

*View All Records* is needed, because sharing rules hide rows without a word. *Delete* is not: a delete in HubSpot is
never repeated in Salesforce. `syncer undo` alone wants it, for records that the run created.
"""


def page() -> str:
    """The whole page as text."""
    folder = HERE.parent / "mappings"
    lines = [line for kind in load_mappings(folder).kinds for line in _kind(kind)]
    return HEAD + "".join("\n" + line for line in (*lines, *_task(load_hand_off(folder).answers.outcome), *_campaign()))


def _kind(kind: KindMap) -> Iterator[str]:
    for object_name in kind.left_objects:
        creates = ", Create" if object_name == kind.left_create else ""
        yield f"## {object_name}"
        yield f"\nObject: Read{creates}, Edit, View All Records.\n"
        yield "| field | Read | Edit | for |"
        yield "| --- | --- | --- | --- |"
        for name in (OUR_FIELDS["left"], CROSS_REFERENCE):
            yield f"| `{name}` | yes | yes | our own |"
        for item in kind.fields:
            name = item.on("left", object_name)
            if name is not None and item.rule is not Rule.DONT_SYNC:
                edit = "yes" if "left" in writes_to(item.rule, item.read_only) else "no"
                yield f"| `{name}` | yes | {edit} | {item.name}, {item.rule.value} |"
        yield ""


def _task(outcome: str) -> Iterator[str]:
    """Tasks have no object rights of their own; Subject, Status and owner come with Edit Tasks."""
    yield "## Task"
    yield "\nFor the hand-off (mappings/hand-off.toml). The fields of our own are made on Activity.\n"
    yield "| field | Read | Edit | for |"
    yield "| --- | --- | --- | --- |"
    yield f"| `{OUR_FIELDS['left']}` | yes | yes | our own |"
    if outcome.endswith("__c"):
        yield f"| `{outcome}` | yes | yes | the answer of sales; syncer only reads it |"
    elif outcome:
        yield f"| `{outcome}` | yes | no | the answer of sales |"
    for name in ("ActivityDate", "Description"):
        yield f"| `{name}` | yes | yes | due day and text |"
    yield ""


def _campaign() -> Iterator[str]:
    """Standard fields of a membership come with the object."""
    yield "## Campaign"
    yield "\nOnly where a segment or `[outbound]` of mappings/lookalike.toml names a `campaign`. The user is a"
    yield "**Marketing User** (a box on the user): nobody else makes campaigns. Members come with the campaign:"
    yield "*Edit* of it puts them in and takes them out.\n"
    yield "Object: Read, Create, Edit, View All Records.\n"
    yield "| field | Read | Edit | for |"
    yield "| --- | --- | --- | --- |"
    for name, use in (("Description", "our mark, by which it is found again"), ("IsActive", "it is made as active")):
        yield f"| `{name}` | yes | yes | {use} |"
    yield ""


def main() -> None:
    (HERE / "permissions.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
