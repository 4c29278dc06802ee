"""What agrees and what clashes between a lead and an account: numbers from 0 to 1, in the order of `Feature`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from rapidfuzz.distance import OSA

from syncer.core.identity.candidates import AccountIndex
from syncer.core.identity.profiles import Profile


class Feature(StrEnum):
    """The value is how strongly it holds; the model says what that weighs."""

    DOMAIN_SAME = "domain_same"
    DOMAIN_SHARED = "domain_shared"  # several accounts have that domain
    DOMAIN_OTHER = "domain_other"  # both have one of a company, and not the same
    LABEL_SAME = "label_same"  # acme.de and acme.com
    LABEL_NEAR = "label_near"  # one letter apart: a slip
    LABEL_IS_NAME = "label_is_name"  # acme.com and Acme GmbH, where the names alone do not say so
    NAME_SAME = "name_same"
    NAME_SAME_RARE = "name_same_rare"  # and how rare its words are
    NAME_SHARED = "name_shared"  # several accounts have that name
    NAME_NEAR = "name_near"
    NAME_NEAR_LONG = "name_near_long"  # and how much text is near
    NAME_ONE_SLIP = "name_one_slip"  # one letter apart
    WORD_OF_ITS_OWN = "word_of_its_own"  # near, but what differs is a word that other accounts have: no slip
    WORDS_SHARED = "words_shared"  # by their rarity
    NAME_WITHIN = "name_within"  # one name is a part of the other
    NAME_OTHER = "name_other"
    NAME_AGREES = "name_agrees"  # on the same domain, however it is written
    RENAMED = "renamed"  # another name on the same domain
    NAME_FORMER = "name_former"  # agrees with a former name or an alias
    NAME_UNKNOWN = "name_unknown"
    CITY_SAME = "city_same"
    CITY_OTHER = "city_other"
    STATE_SAME = "state_same"
    STATE_OTHER = "state_other"
    COUNTRY_SAME = "country_same"
    COUNTRY_OTHER = "country_other"
    PHONE_SAME = "phone_same"


FEATURES: Final = tuple(Feature)
Values = dict[Feature, float]
Words = tuple[str, ...]
_NEAR_FROM: Final = 0.78  # similarity below which two names are two names
_LONG: Final = 16  # letters that two companies do not have in common by chance
_CITY_NEAR: Final = 0.8
_REST_NEAR: Final = 0.6  # what two near names do not share must be near itself: `Delta Foods` is not `Delta Tools`
_SAY_WHO: Final = frozenset(
    (
        *(Feature.DOMAIN_SAME, Feature.LABEL_SAME, Feature.LABEL_NEAR, Feature.LABEL_IS_NAME, Feature.PHONE_SAME),
        *(Feature.NAME_SAME, Feature.NAME_NEAR, Feature.WORDS_SHARED),
    )
)


def features(lead: Profile, account: Profile, known: AccountIndex) -> Values:
    """Only what is not 0.

    Places count where something says who it is, and the domain alone does not say which account: a town has many firms.
    """
    found: Values = {}
    same = [domain for domain in lead.domains if domain in account.domains]
    if same:
        holders = min(len(known.domains.get(domain, ())) for domain in same)
        found[Feature.DOMAIN_SAME] = 1.0
        if holders > 1:
            found[Feature.DOMAIN_SHARED] = 1 - 1 / holders
    else:
        _labels(lead, account, found)
    if same and Feature.DOMAIN_SHARED not in found:
        _name_beside_domain(lead, account, found)
    else:
        _names(lead, account, known, found)
    if lead.phone and lead.phone == account.phone:
        found[Feature.PHONE_SAME] = 1 / len(known.phones.get(lead.phone, (1,)))
    if (not same or Feature.DOMAIN_SHARED in found) and not _SAY_WHO.isdisjoint(found):
        _places(lead, account, found)
    return found


def _labels(lead: Profile, account: Profile, found: Values) -> None:
    if lead.domains and account.domains:
        found[Feature.DOMAIN_OTHER] = 1.0
        if any(label in account.labels for label in lead.labels):
            found[Feature.LABEL_SAME] = 1.0
        elif any(_one_slip(mine, theirs) for mine in lead.labels for theirs in account.labels):
            found[Feature.LABEL_NEAR] = 1.0
    if account.compacts[:1] != lead.compacts[:1] and (
        any(label in account.compacts for label in lead.labels)
        or any(label in lead.compacts for label in account.labels)
    ):
        found[Feature.LABEL_IS_NAME] = 1.0


def _one_slip(mine: str, theirs: str) -> bool:
    return min(len(mine), len(theirs)) > 5 and OSA.distance(mine, theirs, score_cutoff=1) <= 1


def _name_beside_domain(lead: Profile, account: Profile, found: Values) -> None:
    """One account alone has that domain: the name may only confirm it, or tell that it changed."""
    if not lead.names or not account.names:
        found[Feature.NAME_UNKNOWN] = 1.0
        return
    closeness, mine, theirs = closest(lead, account)
    found[Feature.NAME_AGREES if closeness > _NEAR_FROM or set(mine) & set(theirs) else Feature.RENAMED] = 1.0


def _names(lead: Profile, account: Profile, known: AccountIndex, found: Values) -> None:
    if not lead.names or not account.names:
        found[Feature.NAME_UNKNOWN] = 1.0
        return
    closeness, mine, theirs = closest(lead, account)
    near = False
    if closeness == 1.0:
        holders = len(known.names.get("".join(mine), (1,)))
        found[Feature.NAME_SAME] = 1.0
        found[Feature.NAME_SAME_RARE] = min(1.0, sum(map(known.rarity, set(theirs))) / 2)
        if holders > 1:
            found[Feature.NAME_SHARED] = 1 - 1 / holders
    elif near := (closeness > _NEAR_FROM and _rest_near(mine, theirs)):
        _near(closeness, mine, theirs, known, found)
    else:
        _words(mine, theirs, known, found)
    if (closeness == 1.0 or near) and (mine != lead.names[0] or theirs != account.names[0]):
        found[Feature.NAME_FORMER] = 1.0


def _rest_near(mine: Words, theirs: Words) -> bool:
    own, other = (
        "".join(word for word in one if word not in another) for one, another in ((mine, theirs), (theirs, mine))
    )
    return OSA.normalized_similarity(own, other) >= _REST_NEAR


def _near(closeness: float, mine: Words, theirs: Words, known: AccountIndex, found: Values) -> None:
    text = "".join(mine)
    near = (closeness - _NEAR_FROM) / (1 - _NEAR_FROM)
    found[Feature.NAME_NEAR] = near
    found[Feature.NAME_NEAR_LONG] = near * min(1.0, len(text) / _LONG)
    if OSA.distance(text, "".join(theirs), score_cutoff=1) <= 1:
        found[Feature.NAME_ONE_SLIP] = 1.0
    if any(word in known.words for word in mine if word not in theirs):
        found[Feature.WORD_OF_ITS_OWN] = 1.0


def _words(mine: Words, theirs: Words, known: AccountIndex, found: Values) -> None:
    shared = set(mine) & set(theirs)
    if not shared:
        found[Feature.NAME_OTHER] = 1.0
        return
    weight = sum(map(known.rarity, shared))
    total = sum(map(known.rarity, set(mine) | set(theirs)))
    found[Feature.WORDS_SHARED] = weight / total if total else 0.0
    if len(shared) == min(len(set(mine)), len(set(theirs))):
        found[Feature.NAME_WITHIN] = min(1.0, weight)


def closest(lead: Profile, account: Profile) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """The two names that are nearest to each other, and how near: 1 is the same but for spaces."""
    best = (-1.0, lead.names[0], account.names[0])
    for mine, mine_compact in zip(lead.names, lead.compacts, strict=True):
        for theirs, theirs_compact in zip(account.names, account.compacts, strict=True):
            if mine_compact == theirs_compact:
                return 1.0, mine, theirs
            near = OSA.normalized_similarity(mine_compact, theirs_compact)
            if len(mine) > 1 and len(theirs) > 1:
                near = max(near, 0.99 * OSA.normalized_similarity("".join(sorted(mine)), "".join(sorted(theirs))))
            if near > best[0]:
                best = (near, mine, theirs)
    return best


def _places(lead: Profile, account: Profile, found: Values) -> None:
    if lead.country and account.country:
        same = lead.country == account.country
        found[Feature.COUNTRY_SAME if same else Feature.COUNTRY_OTHER] = 1.0
    if lead.state and account.state and Feature.COUNTRY_OTHER not in found:
        found[Feature.STATE_SAME if lead.state == account.state else Feature.STATE_OTHER] = 1.0
    if lead.city and account.city:
        same = lead.city == account.city or OSA.normalized_similarity(lead.city, account.city) >= _CITY_NEAR
        found[Feature.CITY_SAME if same else Feature.CITY_OTHER] = 1.0
