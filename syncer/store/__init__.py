"""Tables, migrations, and the queries that the stages need; SQLite and PostgreSQL.

`rows` is the data, `ports` what may be asked; the rest is one implementation in SQLAlchemy Core for both databases.
Imports core and the plain data of connectors.base only.
"""

from syncer.store.database import only_daemon, open_store
from syncer.store.errors import StoreConflictError
from syncer.store.ports import Store, Tx

__all__ = ["Store", "StoreConflictError", "Tx", "only_daemon", "open_store"]
