"""Marketing forms and what visitors sent through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.times import iso


@dataclass(frozen=True, slots=True)
class Submission:
    at_ms: int
    values: tuple[tuple[str, str], ...]  # property name, value
    page_url: str
    page_title: str
    conversion_id: str
    contact_id: int | None = None

    def wire(self) -> dict[str, Any]:
        return {
            "conversionId": self.conversion_id,
            "submittedAt": self.at_ms,
            "values": [{"name": name, "value": value, "objectTypeId": "0-1"} for name, value in self.values],
            "pageUrl": self.page_url,
            "pageTitle": self.page_title,
        }


@dataclass(slots=True)
class Form:
    id: str
    name: str
    fields: tuple[str, ...]
    created_ms: int
    archived: bool = False
    submissions: list[Submission] = field(default_factory=list)

    def wire(self, labels: dict[str, str]) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "formType": "hubspot",
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
            "archived": self.archived,
            "fieldGroups": [
                {
                    "groupType": "default_group",
                    "richTextType": "text",
                    "fields": [
                        {
                            "objectTypeId": "0-1",
                            "name": name,
                            "label": labels.get(name, name),
                            "required": name == "email",
                            "hidden": False,
                            "fieldType": "single_line_text",
                        }
                    ],
                }
                for name in self.fields
            ],
            "configuration": {"language": "en", "cloneable": True, "editable": True, "archivable": True},
            "displayOptions": {"renderRawHtml": False, "theme": "default_style", "submitButtonText": "Submit"},
            "legalConsentOptions": {"type": "none"},
        }


@dataclass(slots=True)
class Forms:
    by_id: dict[str, Form] = field(default_factory=dict)
