"""`python -m simulation`: many worlds, or one of them told in full."""

from __future__ import annotations

import argparse
import os
import sys

from simulation.campaign import campaign
from simulation.commands import crash, sabotage
from simulation.sabotage import SEEDS_MAX
from simulation.seeds import script_of
from simulation.shrink import as_test, shrink
from simulation.story import run


def _run(args: argparse.Namespace) -> int:
    return campaign(args.seed, args.worlds, args.jobs)


def _seed(args: argparse.Namespace) -> int:
    result = run(script_of(args.number))
    if result.failure and args.shrink:
        result = shrink(result)
    print("\n".join(result.timeline))
    print(f"\nseed {args.number}, trace {result.trace}: {result.failure or 'every promise kept'}")
    if result.failure:
        print("\n" + as_test(result))
    return 1 if result.failure else 0


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def main(argv: list[str] | None = None) -> int:
    """0 when every promise was kept, 1 when one broke, 2 when the command was not understood."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    many = commands.add_parser("run", help="play many worlds, sum them up, shrink the first failure")
    many.add_argument("--worlds", type=_count, default=200, help="how many (200)")
    many.add_argument("--seed", type=int, default=0, help="the first seed (0)")
    many.add_argument("--jobs", type=_count, default=os.cpu_count() or 1, help="processes (one a core)")
    many.set_defaults(does=_run)
    one = commands.add_parser("seed", help="play one world and print its timeline")
    one.add_argument("number", type=int)
    one.add_argument("--shrink", action="store_true", help="make a failing world small first")
    one.set_defaults(does=_seed)
    sweeps = commands.add_parser("crash", help="fixed stories, the worker killed at each port point")
    sweeps.add_argument("--only", default="", help="stories whose name contains this")
    sweeps.set_defaults(does=lambda args: crash(args.only))
    bugs = commands.add_parser("sabotage", help="deliberate bugs that the oracles must find")
    bugs.add_argument(
        "--seeds", type=_count, default=SEEDS_MAX, help=f"how many seeds a mutant may survive ({SEEDS_MAX})"
    )
    bugs.add_argument("--only", default="", help="mutants whose name contains this")
    bugs.set_defaults(does=lambda args: sabotage(args.seeds, args.only))
    args = parser.parse_args(argv)
    return int(args.does(args))


if __name__ == "__main__":
    sys.exit(main())
