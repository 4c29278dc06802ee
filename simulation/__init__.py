"""Whole worlds in one process: the real engine, the real connectors, both sandbox CRMs, people, faults and kills.

Virtual time and seeded randomness make every run repeatable. Nothing imports this package.
"""
