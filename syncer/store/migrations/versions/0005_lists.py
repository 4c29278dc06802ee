"""Lists and campaigns that are kept, and who stands in them because of us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "kept_list",
        *_texts("list_key", "side", "object", "name", "remote_id", "state", "declared"),
        *(sa.Column(name, INTEGER, nullable=False) for name in ("made_ms", "looked_ms")),
        sa.PrimaryKeyConstraint("list_key", name="pk_kept_list"),
        sqlite_strict=True,
    )
    op.create_table(
        "list_member",
        *_texts("list_key", "link_id", "object", "remote_id", "state"),
        sa.PrimaryKeyConstraint("list_key", "link_id", name="pk_list_member"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_prediction_fact",
        "prediction",
        ["fact", "prediction_id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
