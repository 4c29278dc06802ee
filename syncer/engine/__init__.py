"""When the stages run: the cycle, its start and its end, the daemon, and the system's clock and randomness.

Imports stages and what lies below them. `cycle` takes a Context and nothing else, so that the simulation runs exactly
what production runs.
"""
