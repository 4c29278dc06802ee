"""Declared notices become channels: secrets are fetched where they are named, and show nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.config.notices import notice_channels, settings_of
from syncer.config.secrets import SecretError
from syncer.core.hand_off_terms import HandOffPolicy
from syncer.errors import Exit, SyncerError
from syncer.mapping.hand_off import parse_hand_off
from syncer.mapping.toml_file import parse_toml
from tests.hand_off.receivers import web_receiver
from tests.hand_off.test_hand_off_file import HEAD
from tests.hand_off.test_notices import NOTICE, Clock, Entropy

HOOK = '[[notice]]\nname = "hook"\nchannel = "webhook"\nurl = "env:HOOK_URL"\nsecret = "file:hook.secret"\n'


def declared(text: str) -> HandOffPolicy:
    return parse_hand_off(parse_toml(HEAD + text, "hand-off.toml"))


def test_a_declared_webhook_sends_with_the_secrets_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hook.secret").write_text("s3cret\n")
    with web_receiver() as web:
        monkeypatch.setenv("HOOK_URL", f"http://127.0.0.1:{web.port}/path")
        with notice_channels(declared(HOOK), tmp_path, Clock(), Entropy()) as channels:
            channels["hook"].send(NOTICE, ())
        assert "s3cret" not in repr(settings_of(declared(HOOK).channels["hook"], tmp_path))
    [(path, headers, _)] = web.got
    assert path == "/path"
    assert "Syncer-Signature" in headers


def test_a_secret_that_is_not_there_and_an_address_in_clear_are_named_with_their_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SecretError, match="hook, url"), notice_channels(declared(HOOK), tmp_path, Clock(), Entropy()):
        pass
    (tmp_path / "hook.secret").write_text("s3cret")
    monkeypatch.setenv("HOOK_URL", "http://hooks.example/T1/secretpath")
    with pytest.raises(SyncerError) as refused, notice_channels(declared(HOOK), tmp_path, Clock(), Entropy()):
        pass
    assert (refused.value.name, refused.value.exit_code) == ("NoticeAddress", Exit.CONFIG)
    assert "secretpath" not in str(refused.value)
