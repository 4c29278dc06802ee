"""The command line: parse, call, show; no logic.

A file a command, or a family of them; `shell` is what all share. Imports everything below it; only `sandbox` and `demo`
import the package `sandbox`.
"""

from syncer.cli.app import main

__all__ = ["main"]
