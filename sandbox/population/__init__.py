"""A seeded world with known truth: companies, people, what they said, and where each of them stands in both systems.

`world` says who exists and what is true; `talk` what was said; `places` how each system writes it down; `seeding`
puts it into the models. The first three are pure functions of seed and number, so that the truth about a million people
needs no memory.
"""

from sandbox.population.seeding import Population, populate
from sandbox.population.world import Company, Person, World

__all__ = ["Company", "Person", "Population", "World", "populate"]
