"""Marketing forms and what visitors sent, as data. An answer of a shape not known spoils only itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import ProtocolError
from connectors.conversations import Form, FormAnswer, Submission, SubmissionPage
from connectors.hubspot.api import Api
from connectors.hubspot.owners import next_after

_OBJECTS: Final = {"0-1": "contacts", "0-2": "companies"}


def forms(api: Api) -> list[Form]:
    """All forms that are not archived, by id."""
    found: dict[str, Form] = {}
    after: str | None = None
    while True:
        answer = api.forms(after)
        for item in answer.get("results") or ():
            if item.get("id") and not item.get("archived"):
                found[str(item["id"])] = Form(str(item["id"]), str(item.get("name") or ""))
        after = next_after(answer)
        if after is None:
            return [found[key] for key in sorted(found)]


def submissions(api: Api, form_id: str, token: str | None) -> SubmissionPage:
    """One page, newest first. Raises ProtocolError where a submission does not say when it was sent."""
    answer = api.submissions(form_id, token)
    return SubmissionPage([_submission(item) for item in answer.get("results") or ()], next_after(answer))


def _submission(item: Mapping[str, Any]) -> Submission:
    sent_ms = item.get("submittedAt")
    if not isinstance(sent_ms, int):
        raise ProtocolError("a form submission without its time", side="right")
    answers = tuple(
        FormAnswer(_OBJECTS.get(str(one.get("objectTypeId") or "0-1"), ""), str(one["name"]), str(one["value"]))
        for one in item.get("values") or ()
        if isinstance(one, Mapping) and one.get("name") and one.get("value") not in (None, "")
    )
    return Submission(str(item.get("conversionId") or sent_ms), sent_ms, answers, str(item.get("pageUrl") or ""))
