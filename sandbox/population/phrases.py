"""The sentences that people say, by fact: clear ones that settle it, and others that settle nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Phrase = Callable[[int], str]


def _months(count: int) -> str:
    return f"{count} month{'s' if count != 1 else ''}"


BUDGET: Final[tuple[Phrase, ...]] = (
    lambda amount: f"We have set aside ${amount:,} a year for this.",
    lambda amount: f"She confirmed an annual budget of ${amount:,}, and she signs it off herself.",
    lambda amount: f"Budget is about {amount // 1000}k per year, already approved.",
    lambda amount: f"He has direct access to a budget of {amount // 1000}k dollars a year.",
)
NO_BUDGET: Final = (
    "There is no budget for this at the moment.",
    "She does not have any budget of her own.",
    "No budget this year, they said.",
)
VAGUE_BUDGET: Final = (
    "Budget might be somewhere between 5k and 15k, he was not sure.",
    "Last year they spent $40,000 on something similar, this year is open.",
    "Their sister company has a budget of 30k, but that is another team.",
)
VAGUE: Final = (  # as a possibility, or of somebody else; the fact of which it seems to speak
    ("wants_voice_of_customer", "If the pilot goes well they might look at voice of the customer one day."),
    ("nps", "A friend of hers at another firm gave us a 10."),
    ("timeline_months", "Maybe they could be live in 3 months, if the board agrees."),
    ("uses_salesforce", "Their former company used to run Salesforce."),
)
AUTHORITY: Final = {
    True: ("She has the final say.", "I can sign this off myself."),
    False: ("She needs approval from the CFO.", "I cannot sign anything without the CFO."),
}
TIMELINE: Final[tuple[Phrase, ...]] = (
    lambda months: f"They want to be live within {_months(months)}.",
    lambda months: f"Plan is to decide in the next {_months(months)}.",
    lambda months: f"The roll-out is planned {_months(months)} from now.",
)
NPS: Final[tuple[Phrase, ...]] = (
    lambda score: f"On the demo he gave us a {score} out of 10.",
    lambda score: f"Asked how likely she is to recommend it: {score}.",
    lambda score: f"NPS after the demo was {score}.",
)
CYCLE: Final[tuple[Phrase, ...]] = (
    lambda months: f"Their sales cycle is about {_months(months)}.",
    lambda months: f"Their buying cycle takes {_months(months)}.",
)
OPTED_IN: Final = {
    True: (
        "Yes, I am happy to talk to a rep next week.",
        "He agreed to a chat with a rep.",
        "She said we may call her any time.",
    ),
    False: (
        "Please do not call me again.",
        "He asked us to take him off the list.",
        "She does not want to talk to a rep.",
    ),
}
SALESFORCE: Final = {
    True: (
        "They run Salesforce for the whole sales team.",
        "Their CRM is Salesforce, Enterprise edition.",
        "We moved to Salesforce two years ago.",
    ),
    False: ("They do not use Salesforce.", "Their CRM is a spreadsheet, no Salesforce anywhere."),
}
VOICE: Final = {
    True: (
        "They are looking to deploy a voice-of-customer solution.",
        "The goal is to bring the voice of the customer into the product team.",
        "They need a voice-of-customer programme this year.",
    ),
    False: ("A voice-of-customer solution is not on their list.", "They are not looking for voice of customer."),
}
CASE_STUDY: Final = (
    "{trade} firms generally take {low} to {high} months to generate a case study.",
    "She says {trade} companies usually need {low} to {high} months until a case study is out.",
)
SMALL_TALK: Final = (
    "The line was poor at first.",
    "Spoke about the conference in spring.",
    "Their office has moved to the second floor.",
    "He will be on leave at the end of the month.",
    "Asked about our road map & pricing page.",
    "Sent the slides afterwards.",
)
OBJECTIONS: Final = (
    ("market leader", "Aren't you just like the market leader?"),
    ("no time", "We have no time to change systems now."),
    ("no budget", "There is no money for new tools this quarter."),
    ("competitor", "We have just signed with one of your competitors."),
    ("no need", "We do not see the need for another tool."),
    ("security", "Where is our data stored?"),
    ("not now", "Call us again next year."),
)
TITLES: Final = {
    "call": ("Discovery call", "Follow-up call", "Qualification call"),
    "meeting": ("Demo", "Demo with the team", "Intro meeting"),
    "note": ("Note", "Summary"),
    "task": ("Send pricing", "Call back", "Prepare the demo"),
}
