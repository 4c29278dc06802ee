"""Draws docs/demo.svg: what `make demo` prints on a terminal of 100 columns, run anew and kept as it is.

Run by `make picture`. The program gets a terminal of its own (a pty), so that it prints as it does for a person.
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS, ROWS = 100, 60
TARGET = Path(__file__).with_name("demo.svg")
INK, PAPER = (214, 220, 228), (24, 27, 34)
RED, GREEN, YELLOW = (240, 113, 120), (126, 211, 133), (240, 200, 110)
BLUE, MAGENTA, CYAN = (110, 170, 250), (200, 150, 240), (95, 205, 215)
THEME = TerminalTheme(PAPER, INK, [PAPER, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, INK])


def record(command: list[str]) -> str:
    """What the command writes to a terminal of COLUMNS x ROWS. Ends the program where the command fails."""
    os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS), "COLORTERM": "truecolor"}
    heard = bytearray()

    def read(terminal: int) -> bytes:
        chunk = os.read(terminal, 65_536)
        heard.extend(chunk)
        return chunk

    code = os.waitstatus_to_exitcode(pty.spawn(command, read))
    if code:
        sys.exit(f"{' '.join(command)} ended with {code}: no picture")
    return heard.decode("utf-8").replace("\r\n", "\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        said = record([str(Path(sys.executable).with_name("syncer")), "demo"])
    screen = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    screen.print(Text.from_ansi("\x1b[2m$\x1b[0m make demo\n" + said.rstrip("\n")))
    TARGET.write_text(screen.export_svg(title="make demo", theme=THEME), encoding="utf-8")


if __name__ == "__main__":
    main()
