"""The portal: one door for HTTP, one for people and tests; all rules live in the modules it puts together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.hubspot import (
    api_account,
    api_associations,
    api_auth,
    api_batch,
    api_consent,
    api_forms,
    api_labels,
    api_lists,
    api_objects,
    api_older_records,
    api_pipelines,
    api_properties,
    removal,
    schema,
    visitors,
)
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.auth import ALL_SCOPES, App, Tokens
from sandbox.hubspot.consent import Consent
from sandbox.hubspot.draws import Draws
from sandbox.hubspot.entrance import Entrance
from sandbox.hubspot.errors import not_found, unknown_type
from sandbox.hubspot.filling import fill
from sandbox.hubspot.forms import Form, Forms
from sandbox.hubspot.later import run_due
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.linking import connect
from sandbox.hubspot.lists import Lists
from sandbox.hubspot.object_types import BY_PLURAL, find_type
from sandbox.hubspot.owners import Owners
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.records import commit, prepare_create, prepare_update
from sandbox.hubspot.router import Router
from sandbox.hubspot.settings import PortalSettings
from sandbox.hubspot.state import PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.tables import standard_properties
from sandbox.hubspot.wire import versions_of
from sandbox.kernel import Ledger, Request, Response, SandboxClock

ROUTES = [
    route
    for module in (
        api_objects,
        api_batch,
        api_older_records,
        api_associations,
        api_labels,
        api_properties,
        api_account,
        api_pipelines,
        api_lists,
        api_consent,
        api_forms,
        api_auth,
    )
    for route in module.ROUTES
]
_ROUTER = Router(ROUTES)
Automation = Callable[[str, str, Mapping[str, tuple[Any, Any]], str], Mapping[str, Any] | None]


def _new_state(settings: PortalSettings, clock: SandboxClock, ledger: Ledger) -> PortalState:
    draws, consent = Draws(settings.seed), Consent.standard()
    stores = {plural: ObjectStore(BY_PLURAL[plural], known) for plural, known in standard_properties().items()}
    for store in stores.values():
        for definition in store.definitions.values():
            store.groups.setdefault(definition.group, schema.label_of(definition.group))
    for subscription in consent.subscriptions.values():
        schema.define(stores["contacts"], schema.opt_out_property(subscription.id, subscription.name))
    return PortalState(
        settings=settings,
        clock=clock,
        draws=draws,
        ledger=ledger,
        stores=stores,
        associations=Associations.standard(),
        tokens=Tokens(settings.access_token_life_s, settings.rotate_refresh_tokens, draws),
        limits=Limits(settings),
        owners=Owners(),
        pipelines=Pipelines.standard(),
        lists=Lists(),
        consent=consent,
        forms=Forms(),
    )


class HubSpotPortal:
    """One HubSpot portal in memory. Not safe for threads: the server serialises its calls."""

    def __init__(self, settings: PortalSettings, clock: SandboxClock, ledger: Ledger) -> None:
        """Begins empty, with the integration user's app installed under the tokens of the settings."""
        self.settings = settings
        self.state = _new_state(settings, clock, ledger)
        self._entrance = Entrance(self.state, _ROUTER)
        self.install(
            "engine:syncer",
            settings.app_id,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            redirect_uri=settings.redirect_uri,
        )
        self.grant("engine:syncer", "private", settings.access_token)
        self.grant("engine:syncer", "refresh", settings.refresh_token)

    def __getstate__(self) -> tuple[PortalSettings, PortalState]:
        """A pickled portal is its memory, clock and ledger; the routes are code."""
        return self.settings, self.state

    def __setstate__(self, stored: tuple[PortalSettings, PortalState]) -> None:
        self.settings, self.state = stored
        self._entrance = Entrance(self.state, _ROUTER)

    def handle(self, request: Request) -> Response:
        """Answers one call; everything the portal owes by now is done first."""
        run_due(self.state)
        return self._entrance.answer(request)

    # -- apps and owners

    def install(
        self,
        actor: str,
        app_id: int,
        *,
        scopes: Sequence[str] = ALL_SCOPES,
        client_id: str = "",
        client_secret: str = "",
        redirect_uri: str = "",
    ) -> App:
        """Installs an app, whose edits the ledger books to `actor`; its `scopes` may be changed at any time."""
        return self.state.tokens.install(
            actor, app_id, scopes=scopes, client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri
        )

    def grant(self, actor: str, kind: str, value: str | None = None) -> str:
        """A token of an installed app: `private`, `refresh`, `access` or `code`."""
        return self.state.tokens.grant(actor, kind, self.state.now_ms(), value)

    def revoke(self, token: str) -> None:
        self.state.tokens.revoke(token)

    def add_owner(self, email: str, first_name: str, last_name: str) -> str:
        """The id to put into `hubspot_owner_id`."""
        return str(self.state.owners.add(email, first_name, last_name, self.state.now_ms()).id)

    def deactivate_owner(self, owner_id: str) -> None:
        self.state.owners.by_id[int(owner_id)].archived = True

    # -- records

    def seed(self, object: str, values: Mapping[str, Any], *, created_ms: int | None = None) -> str:
        """Fills in one record: types are checked, nothing else is, and neither ledger nor automation hear of it."""
        return str(fill(self.state, self._store(object), values, created_ms))

    def create(self, object: str, values: Mapping[str, Any], actor: str) -> str:
        """Raises PortalRefusal, as every edit below does, where the API would refuse."""
        self._catch_up()
        write = prepare_create(self.state, self._store(object), values, {})
        return str(commit(self.state, write, self.state.author(actor)).id)

    def update(self, object: str, id: str, values: Mapping[str, Any], actor: str) -> None:
        self._catch_up()
        store = self._store(object)
        write = prepare_update(self.state, store, self._live(store, id), values, {})
        commit(self.state, write, self.state.author(actor))

    def delete(self, object: str, id: str, actor: str) -> None:
        """Archives; `restore` brings it back."""
        self._catch_up()
        store = self._store(object)
        removal.archive(self.state, store, self._live(store, id), self.state.author(actor))

    def restore(self, object: str, id: str, actor: str) -> None:
        self._catch_up()
        store = self._store(object)
        record = store.records.get(int(id)) if id.isdecimal() else None
        if record is None or record.archived_ms is None:
            raise not_found()
        removal.restore(self.state, store, record, self.state.author(actor))

    def merge(self, object: str, winner_id: str, loser_ids: Sequence[str], actor: str) -> str:
        """The survivor's id, which is a new one; winner and losers lead to it from now on."""
        self._catch_up()
        store, survivor = self._store(object), winner_id
        for loser_id in loser_ids:
            primary, loser = self._live(store, survivor), removal.mergeable(store, loser_id)
            survivor = str(removal.merge(self.state, store, primary, loser, self.state.author(actor)).id)
        return survivor

    def purge(self, object: str, id: str, actor: str) -> None:
        """Deletes for privacy: for good, with all history."""
        self._catch_up()
        store = self._store(object)
        removal.purge(self.state, store, self._live(store, id), self.state.author(actor))

    def record(self, object: str, id: str) -> Mapping[str, Any] | None:
        """Every value a live record has, `id` among them; None for one that is archived, merged away or unknown."""
        store = self._store(object)
        found = store.records.get(int(id)) if id.isdecimal() else None
        return None if found is None or found.archived_ms is not None else _whole(store, found)

    def records(self, object: str) -> Iterator[Mapping[str, Any]]:
        """Live ones in the order of their ids."""
        store = self._store(object)
        return (_whole(store, store.records[number]) for number in tuple(store.live_ids))

    def history(self, object: str, id: str, property: str) -> list[dict[str, Any]]:
        """Versions of one value, newest first: value, at_ms, source_type, source_id."""
        store = self._store(object)
        versions = reversed(versions_of(store, self._live(store, id), property))
        return [
            {"value": each.value, "at_ms": each.at_ms, "source_type": each.source.type, "source_id": each.source.id}
            for each in versions
        ]

    def associate(
        self, from_object: str, from_id: str, to_object: str, to_id: str, actor: str, type_id: int | None = None
    ) -> None:
        """Without a type the unlabeled association, which makes a first company the primary one."""
        self._catch_up()
        origin, target = self._store(from_object), self._store(to_object)
        here, there = self._live(origin, from_id).id, self._live(target, to_id).id
        first, second = origin.kind.plural, target.kind.plural
        number = self.state.associations.plain(first, second).id if type_id is None else type_id
        connect(self.state, first, here, second, there, {number}, self.state.author(actor))

    def associated(self, from_object: str, from_id: str, to_object: str) -> Mapping[str, tuple[int, ...]]:
        """Ids of the associated records with the types of each association."""
        origin, target = self._store(from_object).kind.plural, self._store(to_object).kind.plural
        ends = self.state.associations.ends(origin, int(from_id), target)
        return {str(other): kinds for other, kinds in sorted(ends.items())}

    @property
    def automation(self) -> Automation | None:
        """Asked after every write; what it returns is written to the record as the portal's workflow."""
        return self.state.automation

    @automation.setter
    def automation(self, answer: Automation | None) -> None:
        self.state.automation = answer

    # -- the administrator's schema

    def add_field(self, object: str, spec: Mapping[str, Any]) -> None:
        """A property from the body that the properties API takes; the group is the object's first unless given."""
        store = self._store(object)
        body = {"label": spec.get("name"), "groupName": next(iter(store.groups)), **spec}
        schema.define(store, api_properties.new_definition(store, body, self.state.now_ms()))

    def remove_field(self, object: str, name: str) -> None:
        """Archives a property; its values rest in the records until `change_field(..., archived=False)`."""
        schema.archive_property(self._store(object), name)

    def change_field(self, object: str, name: str, **changes: Any) -> None:
        """Changes label, type, field_type, options, max_length, required, read_only, hidden, archived; or new_name."""
        schema.change_property(self._store(object), name, changes)

    def deny_field(self, object: str, name: str, read: bool | None = None, edit: bool | None = None) -> None:
        """Hides a property from apps (`read=False`) or refuses their writes (`edit=False`); True gives it back."""
        store = self._store(object)
        definition = schema.defined(store, name)
        definition.app_reads = definition.app_reads if read is None else read
        definition.app_edits = definition.app_edits if edit is None else edit
        store.redefined()

    # -- people outside

    def add_form(self, name: str, fields: Sequence[str]) -> str:
        form = Form(self.state.draws.uuid("form"), name, tuple(fields), self.state.now_ms())
        self.state.forms.by_id[form.id] = form
        return form.id

    def submit_form(
        self, form_id: str, answers: Mapping[str, str], actor: str, page_url: str = "https://sandbox.example/"
    ) -> str:
        """A visitor fills in a form; the id of the contact it led to."""
        self._catch_up()
        return visitors.submit_form(self.state, self.state.forms.by_id[form_id], answers, page_url, actor)

    def unsubscribe(self, email: str, actor: str, subscription_id: int | None = None) -> None:
        """A person unsubscribes, from everything unless one subscription is named."""
        self._catch_up()
        visitors.unsubscribe(self.state, email, subscription_id, actor)

    # -- inside

    def _catch_up(self) -> None:
        run_due(self.state)

    def _store(self, object: str) -> ObjectStore:
        kind = find_type(object)
        if kind is None:
            raise unknown_type(object)
        return self.state.stores[kind.plural]

    def _live(self, store: ObjectStore, record_id: str) -> StoredRecord:
        found = store.live(int(record_id)) if record_id.isdecimal() else None
        if found is None:
            raise not_found()
        return found


def _whole(store: ObjectStore, record: StoredRecord) -> dict[str, Any]:
    computed = {name: read(record) for name, read in store.readers.items() if name in store.definitions}
    return {"id": str(record.id), **record.values, **{name: value for name, value in computed.items() if value}}
