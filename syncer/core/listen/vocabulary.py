"""All declared phrases in one matcher, built once for one set of declarations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from syncer.core.listen.declared import Calls
from syncer.core.listen.phrases import Matcher
from syncer.core.listen.sentences import Speakers

USES: Final = (
    "use|uses|using|run|runs|running|have|has|live|work|works|built|rely|relies|standardised|standardized",
    "stack|crm|tooling|implemented|implementing|installed|deployed|subscribe",
    "subscribes|pay|pays|paying|own|owns|keep|keeps",
    "on|in|with|via|through|inside|is|are|into|currently|today",
    "moved|migrated|switched|switching|went|rolled|signed|bought|purchased to|over|with|up|out?",
    "replacing|replace|replaces|leaving|instead of?",
    "incumbent",
)
USED: Final = (
    "shop|user|users|customer|customers|org|instance|licence",
    "license|licences|licenses|admin|admins|seats|edition|environment|tenant",
)


class Owner(NamedTuple):
    """Whose phrase: `kind` is cue, yes, no, unless, objection, role, uses or used; `name` is the fact or the kind."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Declarations made ready."""

    calls: Calls
    matcher: Matcher[Owner]

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
    for tool in calls.tools:
        matcher.add(Owner("tool", tool.name), (_spoken(name) for name in (tool.name, *tool.synonyms)))
    for role in calls.roles:
        matcher.add(Owner("role", role), (_spoken(role),))
    matcher.add(Owner("uses", ""), USES)
    matcher.add(Owner("used", ""), USED)
    return Vocabulary(calls, matcher)


def _spoken(name: str) -> str:
    """A name as the words that the tokeniser makes of it: "Medallia, Inc." is medallia inc."""
    return " ".join("".join(sign if sign.isalnum() or sign in "_'" else " " for sign in name).split())
