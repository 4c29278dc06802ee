"""The stages that learn: whose a person is, what sources know, what was said, what accounts like them suggest.

They stand on name lists, language rules and matching, 12 MiB that reading both systems whole need not carry: they are
imported when the first of them runs, after the pages of `observe` are gone.
"""

from __future__ import annotations

from collections.abc import Callable

from syncer.core.fields import KindMap
from syncer.stages.context import Context


def find_accounts(context: Context, kind: KindMap) -> None:
    """Which account a person belongs to. See `stages.belong`."""
    from syncer.stages.belong import belong

    belong(context, kind)


def hear(context: Context) -> None:
    """What was said becomes claims. See `stages.listen`."""
    from syncer.stages.listen import listen

    listen(context)


def learn(context: Context, kind: KindMap, told: Callable[[str], None]) -> None:
    """Asks sources, and for accounts, whose people are dirty by then with what they answered, infers."""
    from syncer.stages.enrich import enrich
    from syncer.stages.infer import infer

    told(f"enrich {kind.kind}")
    enrich(context, kind)
    if kind.kind == "account":
        told("infer")
        infer(context, told=told)
