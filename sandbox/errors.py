"""What keeps a sandbox from starting, in words for whoever starts it."""

from __future__ import annotations


class SandboxError(Exception):
    """`action` says who must do what."""

    def __init__(self, message: str, action: str) -> None:
        super().__init__(message)
        self.action = action
