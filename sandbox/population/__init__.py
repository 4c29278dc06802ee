"""A seeded world with known truth: companies, people, what they said, and where each of them stands in both systems.

`world` says who exists, `features` and `facts` what is true; `talk` what was said; `places` how each system writes it
down. All of these are pure functions of seed and number, so that the truth about a million people needs no memory.
`seeding` puts it into the models, `later` lets reps and marketing go on from there, `truth` tells it all.
"""

from sandbox.population.later import Later
from sandbox.population.seeding import Population, populate
from sandbox.population.world import Company, Person, World

__all__ = ["Company", "Later", "Person", "Population", "World", "populate"]
