"""The definition that is in force: the one the configuration names, signed by both teams."""

from __future__ import annotations

from pathlib import Path

from syncer.core.qualification_terms import Definition
from syncer.errors import DefinitionError, FileProblem
from syncer.mapping.calls import FILE as CALLS
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import FOLDER, definition_path, load_definition
from syncer.mapping.definition_sense import Known, known_fields
from syncer.mapping.load import Mappings


def fields_to_judge_by(folder: Path, mappings: Mappings) -> Known:
    """Everything that a definition in that folder may name."""
    return known_fields(mappings, load_calls(folder) if (folder / CALLS).exists() else None)


def active_definition(folder: Path, name: str, mappings: Mappings, *, named: bool = False) -> Definition | None:
    """None for mappings without any definition, unless one is `named` by the configuration: then nothing is judged.

    Raises DefinitionError for a file that is missing, broken, or not signed by both teams: what sales never agreed to
    must not move a lead.
    """
    if not named and not (folder / FOLDER).is_dir():
        return None
    path = definition_path(folder, name)
    if not path.exists():
        known = ", ".join(sorted(one.stem for one in path.parent.glob("*.toml"))) or "none"
        said = f'The configuration names the definition "{name}", and there is no such file.'
        action = f"Set [mappings] definition to one that is there ({known})."
        raise DefinitionError([FileProblem(str(path), 0, 0, "UnknownDefinition", said, action, name)])
    try:
        found = load_definition(path, fields_to_judge_by(folder, mappings))
    except DefinitionError as error:
        raise DefinitionError([*_without_calls(folder), *error.problems]) from None
    if found.unsigned:
        teams = " and ".join(found.unsigned)
        said = f"{found.name} {found.version} is not signed by {teams}, so it is not in force."
        action = f"Let {teams} agree, and add the signature to `agreed`; or see what it would change with "
        action += f"`syncer qualify preview {name}`, and name a signed one in [mappings] definition."
        raise DefinitionError([FileProblem(str(path), 0, 0, "UnsignedDefinition", said, action)])
    return found


def _without_calls(folder: Path) -> list[FileProblem]:
    """Why what is heard in calls is unknown, where it is: else each of its facts looks like a slip of the pen."""
    if (folder / CALLS).exists():
        return []
    said = "There is no such file, so that a definition cannot name what is heard in calls."
    return [FileProblem(str(folder / CALLS), 0, 0, "FileMissing", said, "Put it back, or take what it declares out.")]
