"""By what accounts are found for a person. The rows are made by the first run after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account_key",
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "value", "link_id")),
        sa.PrimaryKeyConstraint("kind", "value", "link_id", name="pk_account_key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_account_key_link", "account_key", ["link_id"])
