"""All declared phrases in one matcher, built once for one set of declarations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from syncer.core.listen.declared import Calls, FactType
from syncer.core.listen.phrases import Matcher
from syncer.core.listen.sentences import Speakers

_USES: Final = (
    "use|uses|using|run|runs|running|rely|relies|standardised|standardized|stack|crm|tooling|tools|incumbent|currently",
    "implemented|implementing|installed|deployed|subscribe|subscribes|own|owns|keep|keeps|bought|purchased|replacing",
    "pay|pays|paying for",
    "live|lives|work|works|built on|in|with|inside|through",
    "signed|sign up? with",
    "leaving",
    "moved|migrated|switched|went to|over",
    "rolled out",
    "licence|licences|license|licenses with|from|of|for",
    "a lot of",
    "spend|spends ... on",
)
_NEAR: Final = ("on|with|via|through|in|have|has|is|are|already",)  # mark use only right before the name
_USED: Final = (
    "shop|user|users|org|instance|licence|license|licences|licenses|admin|admins|seats|edition|environment|tenant",
    "in use|place",
    "is|are what we|they use|run|have",
    "stays|stay",
    "today|currently",
)
_RIVALS: Final = ("competitor|competitors|versus|vs|against|shortlist|shortlisted|alternative|alternatives",)
_LEAVES: Final = (
    "dropped|ditched|left|abandoned|retired|replaced|cancelled|canceled|discontinued",
    "away from",
    "moved|moving|migrated|migrating|switched|switching|came from|off",
)


_ASIDE: Final = (
    "compete|competes|competing|met|meeting|spoke|talked|talking|partner|partnered|partners|integrat* with",
)
_STANDINGS: Final = {"aside": _ASIDE, "uses": _USES, "near": _NEAR, "used": _USED, "rival": _RIVALS, "leaves": _LEAVES}


class Owner(NamedTuple):
    """Whose phrase: `kind` is cue, yes, no, unless, objection, tool, role, or of `_STANDINGS`; `name` says which."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Declarations made ready."""

    calls: Calls
    matcher: Matcher[Owner]
    single: frozenset[str]  # fields that have one value at a time
    own: frozenset[str]  # fields whose words may hold a "not" that is not theirs: objections and free text

    def speakers(self, reps: tuple[str, ...] = ()) -> Speakers:
        return Speakers(
            frozenset(label.lower() for label in self.calls.rep_labels),
            frozenset(label.lower() for label in self.calls.prospect_labels),
            frozenset(name.lower() for name in reps),
        )


def vocabulary(calls: Calls) -> Vocabulary:
    """Raises PhraseError for a phrase that the language does not know; the loader finds those first."""
    matcher: Matcher[Owner] = Matcher()
    for fact in calls.facts:
        for kind, phrases in (("cue", fact.cues), ("yes", fact.yes), ("no", fact.no), ("unless", fact.unless)):
            matcher.add(Owner(kind, fact.name), phrases)
    for objection in calls.objections:
        matcher.add(Owner("objection", objection.kind), objection.says)
        matcher.add(Owner("other matter", objection.kind), objection.unless)
    for tool in calls.tools:
        matcher.add(Owner("tool", tool.name), (_spoken(name) for name in (tool.name, *tool.synonyms)))
    for role in calls.roles:
        matcher.add(Owner("role", role), (_spoken(role),))
    for kind, phrases in _STANDINGS.items():
        matcher.add(Owner(kind, ""), phrases)
    own = frozenset(fact.name for fact in calls.facts if fact.type is FactType.TEXT)
    single = frozenset(fact.name for fact in calls.facts if fact.type not in (FactType.TEXT, FactType.WHO))
    return Vocabulary(calls, matcher, single, own | {"objection"})


def _spoken(name: str) -> str:
    """A name as the words that the tokeniser makes of it: "Medallia, Inc." is medallia inc."""
    return " ".join("".join(sign if sign.isalnum() or sign in "_'" else " " for sign in name).split())
