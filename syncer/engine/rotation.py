"""HubSpot may answer a refresh with a new refresh token, which ends the old one: the new one is kept on disk first.

The file lies beside the state, readable by its owner only. It is used as long as the configuration still names the
token that it replaced; a new log-in in the configuration makes it void.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from syncer.config import Loaded


def _print(token: str) -> str:
    return blake2b(token.encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class RotatedToken:
    """The newest refresh token of an installed app, and the fingerprint of the configured one that it descends from."""

    path: Path
    configured: str = ""

    @classmethod
    def beside(cls, loaded: Loaded) -> RotatedToken:
        from syncer.engine.session import state_folder

        return cls(state_folder(loaded) / "hubspot-refresh-token.json")

    def newest(self, section: Mapping[str, Any]) -> dict[str, Any]:
        """The section with the newest token. A file that cannot be read counts as none: the log-in then says so."""
        made = dict(section)
        if made.get("oauth") is None:
            return made
        app = dict(made["oauth"])
        self.configured = _print(str(app["refresh_token"]))
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            if kept["of"] == self.configured:
                app["refresh_token"] = str(kept["token"])
        made["oauth"] = app
        return made

    def keep(self, token: str) -> None:
        """Durable before it returns: the old token is already void when this is called."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"of": self.configured, "token": token}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
