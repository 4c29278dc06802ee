"""A portal can be put away and taken up again."""

from __future__ import annotations

import pickle

AT = "2026-01-01T00:00:00Z"
V3, MARCH, BETA = "/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09-beta"


def test_a_portal_survives_being_stored(call):
    call.create("contacts", email="a@x.io")
    call("POST", f"{V3}/contacts/search", {})
    stored = pickle.loads(pickle.dumps(call.portal))
    assert list(stored.records("contacts")) == list(call.portal.records("contacts"))
    call.portal = stored
    assert call("POST", f"{V3}/contacts", {"properties": {"email": "a@x.io"}})[0] == 409
