"""Fills the models from an administrator's own exports, so that a mapping can be rehearsed on real data.

`--load salesforce.Lead=FILE.csv` and `--load hubspot.contacts=FILE.csv`; columns are matched to API names or labels, as
both vendors export them. What differs is told by `FILE.columns.toml` beside it:

    [salesforce.Account.columns]
    "Security" = "Name"                 # column = field
    [salesforce.Account.values.Industry]
    "Health Care" = "Healthcare"        # what the file says = what is stored

`request` reads what is asked for, `schema` asks a model for its fields, `cells` turns text into values, `rows` loads.
"""

from sandbox.loading.request import Load, LoadError
from sandbox.loading.rows import Loader, LoadReport

__all__ = ["Load", "LoadError", "LoadReport", "Loader"]
