"""Pipelines and their stages for deals, tickets and leads; records hold stage ids, never labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.definitions import STANDARD_SINCE


@dataclass(slots=True)
class Stage:
    id: str
    label: str
    metadata: dict[str, str]

    def wire(self, order: int) -> dict[str, Any]:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "metadata": self.metadata,
            "createdAt": STANDARD_SINCE,
            "updatedAt": STANDARD_SINCE,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(slots=True)
class Pipeline:
    id: str
    label: str
    stages: list[Stage] = field(default_factory=list)

    def wire(self, order: int) -> dict[str, Any]:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "stages": [stage.wire(place) for place, stage in enumerate(self.stages)],
            "createdAt": STANDARD_SINCE,
            "updatedAt": STANDARD_SINCE,
            "archived": False,
        }


_DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_TICKET_STAGES = (("1", "New"), ("2", "Waiting on contact"), ("3", "Waiting on us"), ("4", "Closed"))
LEAD_STAGES = (
    ("new-stage-id", "New", "NEW"),
    ("attempting-stage-id", "Attempting", "IN_PROGRESS"),
    ("connected-stage-id", "Connected", "IN_PROGRESS"),
    ("qualified-stage-id", "Qualified", "QUALIFIED"),
    ("unqualified-stage-id", "Disqualified", "UNQUALIFIED"),
)


@dataclass(slots=True)
class Pipelines:
    by_type: dict[str, list[Pipeline]]

    @classmethod
    def standard(cls) -> Pipelines:
        deals = [
            Stage(number, label, {"isClosed": str(number.startswith("closed")).lower(), "probability": probability})
            for number, label, probability in _DEAL_STAGES
        ]
        tickets = [
            Stage(
                number,
                label,
                {"isClosed": str(number == "4").lower(), "ticketState": "CLOSED" if number == "4" else "OPEN"},
            )
            for number, label in _TICKET_STAGES
        ]
        leads = [Stage(number, label, {"leadState": category}) for number, label, category in LEAD_STAGES]
        return cls(
            {
                "deals": [Pipeline("default", "Sales Pipeline", deals)],
                "tickets": [Pipeline("0", "Support Pipeline", tickets)],
                "leads": [Pipeline("lead-pipeline-id", "Lead pipeline", leads)],
            }
        )

    def stage(self, object_name: str, stage_id: str) -> Stage | None:
        return next(
            (
                stage
                for pipeline in self.by_type.get(object_name, ())
                for stage in pipeline.stages
                if stage.id == stage_id
            ),
            None,
        )
