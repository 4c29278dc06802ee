"""SOQL: a grammar, queries as data, and their evaluation over the model's rows.

Knows nothing of HTTP and nothing of how rows are stored: `world` says what it needs. Imports the kernel only.
"""

from sandbox.salesforce.soql.evaluate import Answer, Bound, access, bind, records_of, rows_of, run
from sandbox.salesforce.soql.world import World

__all__ = ["Answer", "Bound", "World", "access", "bind", "records_of", "rows_of", "run"]
