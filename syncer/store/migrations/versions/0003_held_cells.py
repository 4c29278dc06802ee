"""A hold knows every cell that it holds, so that its approval outlives what changes beside them.

Holds are derived: the next plan makes them anew, and an approval that was not used yet is asked for again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _int(*names: str) -> list[sa.Column]:
    return [sa.Column(name, INTEGER, nullable=False) for name in names]


def upgrade() -> None:
    op.drop_table("hold")
    op.create_table(
        "hold",
        *_text("plan_hash", "kind", "side", "op", "field", "value"),
        *_int("count", "total", "allowed"),
        *_text("message", "sample"),
        *_int("created_ms"),
        *_text("approved_by"),
        *_int("approved_ms", "expires_ms"),
        *_text("cells"),
        sa.PrimaryKeyConstraint("plan_hash", name="pk_hold"),
        sqlite_strict=True,
    )
