"""Why a lead belongs to an account or not, in words: one sentence per feature that mattered, the weightiest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from syncer.core.identity.candidates import AccountIndex
from syncer.core.identity.features import Feature, Values, closest
from syncer.core.identity.model import Model
from syncer.core.identity.profiles import Profile

MATTERS: Final = 0.4  # in log-odds: less than that changes no decision
_Says = Callable[[Profile, Profile, AccountIndex], str]


def reasons(lead: Profile, account: Profile, values: Values, model: Model, known: AccountIndex) -> tuple[str, ...]:
    """What speaks against the account begins with `but `."""
    parts = [(model.weights[feature] * value, feature) for feature, value in values.items()]
    mattered = sorted(
        (part for part in parts if abs(part[0]) >= MATTERS or part[1] in _ALWAYS_TOLD), key=lambda part: -abs(part[0])
    )
    told = (
        ("but " if weight < 0 or feature in _ALWAYS_TOLD else "") + _SAYS[feature](lead, account, known)
        for weight, feature in mattered
        if weight > 0 or feature not in _NEVER_AGAINST
    )
    return tuple(dict.fromkeys(told))


_ALWAYS_TOLD: Final = frozenset((Feature.DOMAIN_SHARED, Feature.NAME_SHARED))  # who decides has to know of the others
_NEVER_AGAINST: Final = frozenset((Feature.NAME_SAME, Feature.NAME_NEAR, Feature.WORDS_SHARED, Feature.NAME_WITHIN))


def _shared_domain(lead: Profile, account: Profile) -> str:
    return next((domain for domain in lead.domains if domain in account.domains), "")


def _two_names(lead: Profile, account: Profile) -> str:
    _, mine, theirs = closest(lead, account)
    return f'"{" ".join(mine)}" and "{" ".join(theirs)}"'


def _near(lead: Profile, account: Profile, known: AccountIndex) -> str:
    return f"the names are close: {_two_names(lead, account)}, {closest(lead, account)[0]:.2f}"


def _words(lead: Profile, account: Profile, known: AccountIndex) -> str:
    _, mine, theirs = closest(lead, account)
    return f"the names share {' '.join(dict.fromkeys(word for word in mine if word in theirs))}"


def _agreeing(lead: Profile, account: Profile, known: AccountIndex) -> str:
    same = closest(lead, account)[0] == 1.0
    return _same_name(lead, account, known) if same else f"the names agree: {_two_names(lead, account)}"


def _own_word(lead: Profile, account: Profile, known: AccountIndex) -> str:
    _, mine, theirs = closest(lead, account)
    own = next(word for word in mine if word not in theirs and word in known.words)
    return f'"{own}" is a word that other accounts have'


def _former(lead: Profile, account: Profile, known: AccountIndex) -> str:
    _, mine, theirs = closest(lead, account)
    other = theirs if theirs != account.names[0] else mine
    return f'"{" ".join(other)}" is a former or second name'


def _same_name(lead: Profile, account: Profile, known: AccountIndex) -> str:
    _, mine, theirs = closest(lead, account)
    second = mine != lead.names[0] or theirs != account.names[0]
    return f'same name "{" ".join(mine)}"' + (", a former or second one" if second else "")


def _holders(lead: Profile, account: Profile, known: AccountIndex) -> str:
    domain = _shared_domain(lead, account)
    return f"{len(known.domains.get(domain, ()))} accounts have the domain {domain}"


def _namesakes(lead: Profile, account: Profile, known: AccountIndex) -> str:
    return f"{len(known.names.get(''.join(closest(lead, account)[1]), ()))} accounts have that name"


def _unknown_name(lead: Profile, account: Profile, known: AccountIndex) -> str:
    return "the account has no name" if lead.names else "the lead names no company"


_SAYS: Final[Mapping[Feature, _Says]] = {
    Feature.DOMAIN_SAME: lambda lead, account, known: f"same domain {_shared_domain(lead, account)}",
    Feature.DOMAIN_SHARED: _holders,
    Feature.DOMAIN_OTHER: lambda lead, account, known: f"other domain {lead.domains[0]}, not {account.domains[0]}",
    Feature.LABEL_SAME: lambda lead, account, known: f"{lead.domains[0]} is much like {account.domains[0]}",
    Feature.LABEL_NEAR: lambda lead, account, known: f"{lead.domains[0]} is one letter from {account.domains[0]}",
    Feature.LABEL_IS_NAME: lambda lead, account, known: "the domain spells the name of the other",
    Feature.NAME_SAME: _same_name,
    Feature.NAME_SAME_RARE: _same_name,
    Feature.NAME_SHARED: _namesakes,
    Feature.NAME_NEAR: _near,
    Feature.NAME_NEAR_LONG: _near,
    Feature.NAME_ONE_SLIP: _near,
    Feature.WORD_OF_ITS_OWN: _own_word,
    Feature.WORDS_SHARED: _words,
    Feature.NAME_WITHIN: lambda lead, account, known: f"one name is a part of the other: {_two_names(lead, account)}",
    Feature.NAME_OTHER: lambda lead, account, known: f"other name: {_two_names(lead, account)}",
    Feature.NAME_AGREES: _agreeing,
    Feature.RENAMED: lambda lead, account, known: f"another name on the same domain: {_two_names(lead, account)}",
    Feature.NAME_FORMER: _former,
    Feature.NAME_UNKNOWN: _unknown_name,
    Feature.CITY_SAME: lambda lead, account, known: f"same city {lead.city}",
    Feature.CITY_OTHER: lambda lead, account, known: f"other city {lead.city}, not {account.city}",
    Feature.STATE_SAME: lambda lead, account, known: f"same state {lead.state}",
    Feature.STATE_OTHER: lambda lead, account, known: f"other state {lead.state}, not {account.state}",
    Feature.COUNTRY_SAME: lambda lead, account, known: f"same country {lead.country}",
    Feature.COUNTRY_OTHER: lambda lead, account, known: f"other country {lead.country}, not {account.country}",
    Feature.PHONE_SAME: lambda lead, account, known: "same telephone number",
}
