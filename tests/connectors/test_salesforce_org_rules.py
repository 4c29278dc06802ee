"""What an org's own rules, limits and log-ins do to a worker, against the model in process."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.base import (
    AuthError,
    DataError,
    IdentityConflictError,
    Presence,
    QuotaError,
)
from connectors.salesforce import SalesforceRemote, connect
from sandbox.salesforce.settings import ClientApp, Condition, DuplicateRule, ValidationRule
from simulation.door import InProcessAdapter
from tests.connectors.org_door import (
    APPLIED,
    HUMAN,
    KEY,
    Halves,
    Time,
    World,
    create,
    scanned,
    stream,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def remote(world: World) -> SalesforceRemote:
    return world.connect()


def test_rules_of_the_org_are_told_with_what_they_found() -> None:
    world = World(
        duplicate_rules=(DuplicateRule("Lead", "Leads_DR", against=("Lead",)),),
        validation_rules=(
            ValidationRule("Lead", "Budget comes first", (Condition("Title", "equals", "CFO"),), field="Title"),
        ),
    )
    remote = world.connect()
    remote.create_fields([KEY])
    there = world.lead(1)
    duplicate, invalid, good = remote.write([create(5, Email="n1@acme.example"), create(6, Title="CFO"), create(7)])
    assert isinstance(duplicate.error, IdentityConflictError)
    assert duplicate.error.existing_id == there
    assert isinstance(invalid.error, DataError)
    assert "Budget comes first" in invalid.error.message
    assert good.state is APPLIED


def test_an_assignment_rule_never_takes_our_records() -> None:
    world = World(auto_assign_to="ana@acme.example")
    user = {"Username": "ana@acme.example", "Email": "ana@acme.example", "LastName": "Ana", "Alias": "ana"}
    ana = world.org.seed("User", user | {"IsActive": True})
    remote = world.connect()
    assert remote.owners()[ana] == "ana@acme.example"
    remote.create_fields([KEY])
    (made,) = remote.write([create(1)])
    owner = remote.read("Lead", [made.id], ["OwnerId"])[made.id].values["OwnerId"]
    assert owner == remote.identity().user_id
    assert all(
        request.headers.get("sforce-auto-assign") == "FALSE"
        for request in world.requests
        if "/composite/sobjects" in request.path and request.method == "PATCH"
    )


def test_tasks_and_events_are_scanned_streamed_and_read(world, remote) -> None:
    lead = world.lead(1)
    since_ms = world.clock.now_ms()
    task = world.org.create("Task", {"Subject": "Call", "WhoId": lead, "TaskSubtype": "Call"}, HUMAN)
    start = {"StartDateTime": "2026-01-05T10:00:00.000+0000", "DurationInMinutes": 30}
    event = world.org.create("Event", {"Subject": "Demo", "WhoId": lead, **start}, HUMAN)
    world.clock.advance(5_000)
    for object_name, record_id, subject in (("Task", task, "Call"), ("Event", event, "Demo")):
        fields = ["Subject", "WhoId"]
        expected = {"Subject": subject, "WhoId": lead}
        assert [record.values for record in scanned(remote, object_name, fields)] == [expected]
        assert stream(remote, object_name, fields, since_ms)[record_id].values == expected
        assert remote.read(object_name, [record_id], fields)[record_id].values == expected
    world.org.delete("Task", task, HUMAN)
    world.clock.advance(5_000)
    assert stream(remote, "Task", ["Subject"], since_ms)[task].presence is Presence.DELETED


def test_usage_is_told_and_the_share_is_kept() -> None:
    world = World(daily_limit=20)
    remote = world.connect(api_share=0.5)
    for used in range(1, 11):
        remote.owners()
        assert [(day.name, day.used, day.limit) for day in remote.usage()] == [("sf.day", used, 20)]
    with pytest.raises(QuotaError):
        remote.owners()
    assert remote.calls.by_endpoint == {"token": 1, "query": 10}


def test_a_session_that_dies_is_renewed_once_and_a_wrong_secret_never(world, remote) -> None:
    remote.owners()
    world.clock.advance(world.settings.session_life_s * 1000 + 1)
    remote.owners()
    assert remote.calls.by_endpoint["token"] == 2
    stranger = world.connect(client_secret="wrong")
    with pytest.raises(AuthError) as caught:
        stranger.owners()
    assert caught.value.action
    assert stranger.calls.total == 1


def test_a_key_pair_logs_in_and_another_key_does_not() -> None:
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    private = [
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        for key in keys
    ]
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = keys[0].public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    world = World(apps=(ClientApp(public_key=public),))
    jwt = {"auth": "jwt", "login_url": world.settings.login_url, "username": world.settings.username}
    assert world.connect(**jwt, private_key=private[0]).owners()
    for wrong in ({"private_key": private[1]}, {"private_key": private[0], "username": "eve@acme.example"}):
        with pytest.raises(AuthError) as caught:
            world.connect(**jwt | wrong).owners()
        assert caught.value.code == "invalid_grant"
        assert "BEGIN" not in str(caught.value)


def test_a_refresh_token_that_rotates_is_kept_before_it_is_used() -> None:
    world = World(apps=(ClientApp(rotate_refresh_tokens=True),))
    kept: list[str] = []
    app = world.settings.apps[0]
    section = {
        "auth": "refresh_token",
        "login_url": world.settings.login_url,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_tokens[0],
    }
    mounts = {"https://": InProcessAdapter(world.handle, world.clock.advance)}
    remote = connect(section, clock=Time(world.clock), entropy=Halves(), mounts=mounts, keep_refresh_token=kept.append)
    remote.owners()
    world.clock.advance(world.settings.session_life_s * 1000 + 1)
    remote.owners()
    assert len(set(kept)) == 2
    assert app.refresh_tokens[0] not in kept
