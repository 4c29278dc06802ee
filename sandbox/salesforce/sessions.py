"""Sessions: which token is whose, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandbox.kernel import Request
from sandbox.salesforce.errors import no_session
from sandbox.salesforce.state import OrgState

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
_TOKEN_LETTERS: Final = 88


@dataclass(frozen=True, slots=True)
class Session:
    token: str
    user_id: str
    app: str
    client_id: str
    issued_ms: int
    ends_ms: int

    @property
    def actor(self) -> str:
        return f"engine:{self.app}"


def open_session(state: OrgState, user_id: str, app: str, client_id: str) -> Session:
    """A new session of `session_life_s`; older ones of the same user stay valid."""
    bits = state.draw("session") | state.draw("session") << 128 | state.draw("session") << 256
    bits |= state.draw("session") << 384 | state.draw("session") << 512
    letters = []
    for _ in range(_TOKEN_LETTERS):
        bits, place = divmod(bits, 64)
        letters.append(_ALPHABET[place])
    now_ms = state.now_ms()
    made = Session(
        f"{state.org_id[:15]}!AQ{''.join(letters)}",
        user_id,
        app,
        client_id,
        now_ms,
        now_ms + state.settings.session_life_s * 1000,
    )
    state.sessions[made.token] = made
    return made


def session_of(state: OrgState, token: str) -> Session:
    """Raises Refusal 401 for a token that is unknown, revoked, outlived, or of a user who may no longer log in."""
    found: Session | None = state.sessions.get(token)
    if found is None or found.ends_ms <= state.now_ms():
        raise no_session()
    user = state.rows["user"].get(found.user_id)
    if user is None or not user.get("IsActive"):
        raise no_session()
    return found


def caller(state: OrgState, request: Request) -> Session:
    """The session of a request's headers. Raises Refusal 401."""
    token = request.headers.get("x-sfdc-session", "")
    if not token:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth"):
            raise no_session()
    return session_of(state, token.strip())
