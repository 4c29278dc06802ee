"""The accounts that are most like one account, with scores and reasons; worked out anew from what is known now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from syncer.core.fields import KindMap
from syncer.core.lookalike import Lookalike
from syncer.errors import UsageError
from syncer.learn.alike import Prepared, likest, random_quantile, reasons
from syncer.learn.estimator import one_thread
from syncer.learn.marks import read_marks
from syncer.learn.space import fit_space
from syncer.report.subjects import find_subjects
from syncer.stages.infer_values import account_names, every_account
from syncer.store.ports import Tx


def like(
    tx: Tx,
    kinds: Sequence[KindMap],
    policy: Lookalike,
    text: str,
    count: int,
    now_ms: int,
    told: Callable[[str], None] = lambda stage: None,
) -> dict[str, Any]:
    """One document for screen and --json. Raises UsageError where no account is meant, or it stands alone."""
    account = [one for one in kinds if one.kind == "account"]
    found = [one.link for one in find_subjects(tx, account, text) if one.link is not None]
    if not found:
        raise UsageError(
            "NoAccount", f'No account is known by "{text}".', "Give the domain of an account that was synced."
        )
    told("reading accounts")
    ids: list[str] = []
    values: list[dict[str, Any]] = []
    for page in every_account(tx, kinds, policy):
        ids += page
        values += [known.at(policy, now_ms) for known in page.values()]
    if len(ids) < 2 or found[0].link_id not in ids:
        raise UsageError("NothingToCompare", f'There is no other account to compare "{text}" with.', "Sync first.")
    told("comparing")
    near, because, enough = _nearest(policy, values, ids.index(found[0].link_id), count)
    links = tx.links.get_many([ids[one] for one, _ in near] + [found[0].link_id])
    names, verdicts = account_names(tx, list(links.values())), tx.verdicts.get_many(list(links))
    rows = [
        {
            "account": names[ids[one]][0],
            "domain": names[ids[one]][1],
            "likeness": round(score, 3),
            "enough": score > enough,
            "reasons": why,
            "status": verdicts[ids[one]].status if ids[one] in verdicts else "",
            "link": ids[one],
        }
        for (one, score), why in zip(near, because, strict=True)
    ]
    name, domain = names[found[0].link_id]
    return {
        "account": name,
        "domain": domain,
        "compared_with": len(ids) - 1,
        "enough": round(enough, 3),
        "enough_is": f"what {policy.floors.likeness:.0%} of random pairs do not reach",
        "like": rows,
    }


def _nearest(
    policy: Lookalike, values: Sequence[Mapping[str, Any]], place: int, count: int
) -> tuple[list[tuple[int, float]], list[str], float]:
    """The places of the likest with their likeness, why each is, and from which likeness on two are alike enough."""
    with one_thread():
        marks = read_marks(policy.features, values)
        space = fit_space(policy.features, marks)
        prepared, points = Prepared.of(space, marks), space.points(marks)
        own = np.array([place])
        asked = prepared.take(own)
        found = likest(asked, points[own], prepared, points, count, apart=(own, np.arange(len(values))))
        enough = random_quantile(prepared, policy.floors.likeness)
        near = [
            (int(one), float(score)) for one, score in zip(found.places[0], found.likeness[0], strict=True) if one >= 0
        ]
        because = reasons(asked, [0] * len(near), prepared, [one for one, _ in near])
    return near, because, enough
