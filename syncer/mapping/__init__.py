"""Loads and validates what admins edit, with file, line and the nearest right word.

`load` reads the files, `check` holds them against the live schemas, `needed` says what setup has to create, `explain`
shows what single cells would do. Imports core, syncer.errors and the plain data of connectors.base; nothing else.
"""

from syncer.core.inclusion import Inclusion, parse_inclusion
from syncer.errors import FileProblem, MappingError
from syncer.mapping.check import check_against_schemas
from syncer.mapping.explain import CellRow, explain_cells
from syncer.mapping.load import Mappings, load_mappings
from syncer.mapping.models import json_schema
from syncer.mapping.needed import needed_fields

__all__ = [
    "CellRow",
    "FileProblem",
    "Inclusion",
    "MappingError",
    "Mappings",
    "check_against_schemas",
    "explain_cells",
    "json_schema",
    "load_mappings",
    "needed_fields",
    "parse_inclusion",
]
