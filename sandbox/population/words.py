"""Names, places and trades of the seeded world; where a country keeps telephone numbers for fiction, it is those."""

from __future__ import annotations

from typing import Final, NamedTuple

_FIRST_NAMES = """
Ada Agnes Ahmed Aiko Alan Alba Alessia Amir Ana Anders Anja Antoine Anton Aoife Arjun Astrid Ayşe Beatriz Ben
Birgit Bram Bruno Camila Carla Carlos Catalina Cecilia Chen Chiara Chloé Claire Clara Cosima Daan Dana Daniel David
Deepa Diego Dmitri Ebba Edda Eduardo Elena Elif Elise Emeka Emil Emma Enzo Erik Esther Eva Fatima Felix Femke Finn
Fiona Florian François Freya Gabriel Gemma Giulia Grace Greta Gustav Hana Hanna Hannes Hugo Ines Ingrid Irina Isaac
Isabel Ivan Jacob Jana Jasper Javier Jean-Luc Jenna Joana Johanna Jonas José Julia Jun Kai Karim Katja Kenji Khadija
Kofi Lara Lars Laura Léa Leila Lena Leo Lia Linnea Lorenzo Louis Lucía Luka Maja Malik Manon Marco María Marie Marta
Mateo Matilde Max Mei Mia Michał Mina Mira Mohammed Nadia Naomi Niamh Nils Nina Noah Noor Oliver Olivia Omar Oskar
Paula Pedro Petra Priya Rafael Rania Raúl Ravi Rosa Ruben Sam Samira Sana Sara Sebastian Selma Sergio Sina Sofía Stefan
Sven Tara Tariq Theo Thomas Tiago Tomás Uma Valentina Vera Victor Viktor Wei William Xavier Yara Yusuf Zoe Zuzanna
"""
FIRST_NAMES: Final = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
Abbott Acosta Adeyemi Ahmadi Almeida Andersson Aydın Bakker Barbosa Barnes Bauer Becker Berger Bianchi Björk Blanc
Bosch Brandt Brennan Carvalho Castillo Chaudhry Chevalier Christensen Clarke Costa Cruz Dahl de-Vries Delgado Demir
Dietrich Diallo Dubois Dunne Eklund Engel Eriksen Espinoza Fabre Fernández Ferrari Fischer Fitzgerald Flores Fontaine
Foster Friedrich Fuentes Gallagher Garcia Gauthier Gentile Gomes Graham Grant Greco Grönholm Gruber Guerrero Haas
Hansen Hartmann Hassan Herrera Hoffmann Holm Horváth Hughes Ibrahim Iversen Jansen Jansson Jensen Johansen Kaya Keller
Kelly Khan Kim Kovács Kowalski Krämer Krüger Kumar Lambert Lang Larsen Lefèvre Lehmann Lima Lindberg Lombardi Lopes
López Lund MacLeod Maier Malik Marchetti Martin Mbeki Medina Mehta Mendes Meyer Moore Moreau Moreno Müller Murphy
Nakamura Navarro Nguyen Nielsen Novák Núñez O'Brien O'Connor Okafor Olsen Ortega Osei Østergaard Özdemir Pálsson Park
Patel Pereira Petersen Pires Popescu Quinn Ramírez Rasmussen Reyes Ricci Richter Rivera Romano Rossi Roux Ryan Sahin
Salas Sanders Santos Sato Schäfer Schmidt Schneider Schulz Sharma Silva Simon Singh Skov Sousa Stewart Suzuki Szabó
Takahashi Tanaka Teixeira Torres Van-den-Berg Vargas Vega Vidal Vogel Wagner Walsh Weber Wolf Wong Yıldız Zhang
Zimmermann
"""
LAST_NAMES: Final = tuple(_LAST_NAMES.split())

_COMPANY_FIRST = """
Alder Amber Anchor Arbor Aspen Atlas Aurora Banner Basalt Beacon Birch Bramble Bridge Bright Bronze Canyon Cedar
Chalk Cinder Citadel Clover Cobalt Copper Coral Crescent Crystal Delta Drift Eagle Echo Elm Ember Falcon Fathom Fern
Flint Forge Fox Garnet Glacier Granite Harbor Hazel Heron Hollow Indigo Iron Ivory Jade Juniper Keystone Lantern Larch
Lattice Linden Lumen Lynx Maple Marble Meridian Mosaic Nimbus North Oak Obsidian Onyx Opal Orchard Osprey Pebble Pine
"""
COMPANY_FIRST: Final = tuple(_COMPANY_FIRST.split())

_COMPANY_SECOND = """
arc bank bay bell bend bluff bolt bow brook castle cliff cloud coast cove craft crest cross dale deck dock door edge
field fold ford front gate glen grid grove guard harbor haven hill hold hurst keep key lake land leaf light line lock
loft mark marsh mill mount nest path peak point pool port ridge rise rock root sail shade shore sight spring stead stone
"""
COMPANY_SECOND: Final = tuple(_COMPANY_SECOND.split())

FREE_MAIL: Final = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "gmx.de", "hotmail.com", "web.de")


class Trade(NamedTuple):
    """One industry: its name, its value in each system, company name endings, and how the world leans in it."""

    name: str
    hubspot: str
    salesforce: str
    endings: tuple[str, ...]
    weight: int
    salesforce_share: float  # how many of its companies run a Salesforce environment
    voice_share: float  # how many look for a voice-of-customer solution, all else being usual
    case_study: tuple[int, int]  # months it usually takes to a case study


TRADES: Final = (
    Trade(
        "IT security",
        "COMPUTER_NETWORK_SECURITY",
        "Technology",
        ("Security", "Shield", "Defense"),
        5,
        0.72,
        0.55,
        (6, 12),
    ),
    Trade("Software", "COMPUTER_SOFTWARE", "Technology", ("Software", "Systems", "Labs"), 18, 0.60, 0.40, (3, 6)),
    Trade(
        "IT services", "INFORMATION_TECHNOLOGY_AND_SERVICES", "Consulting", ("Digital", "IT"), 12, 0.40, 0.25, (3, 9)
    ),
    Trade(
        "Telecommunications",
        "TELECOMMUNICATIONS",
        "Telecommunications",
        ("Telecom", "Networks"),
        6,
        0.45,
        0.35,
        (9, 18),
    ),
    Trade("Banking", "BANKING", "Banking", ("Bank", "Capital"), 8, 0.50, 0.30, (9, 15)),
    Trade("Insurance", "INSURANCE", "Insurance", ("Insurance", "Mutual"), 6, 0.45, 0.30, (9, 18)),
    Trade("Health care", "HOSPITAL_HEALTH_CARE", "Healthcare", ("Health", "Clinics"), 7, 0.25, 0.30, (12, 24)),
    Trade("Retail", "RETAIL", "Retail", ("Stores", "Market"), 7, 0.30, 0.45, (2, 5)),
    Trade("Manufacturing", "MACHINERY", "Manufacturing", ("Works", "Machines"), 8, 0.20, 0.10, (6, 14)),
    Trade("Logistics", "LOGISTICS_AND_SUPPLY_CHAIN", "Transportation", ("Logistics", "Freight"), 6, 0.20, 0.10, (4, 8)),
)


class Place(NamedTuple):
    """One city, with how its telephone numbers begin (`digits` more follow) and how its domains end."""

    city: str
    state: str
    country: str
    code: str
    postal: str
    phone: str
    digits: int
    tld: str


PLACES: Final = (
    Place("San Francisco", "California", "United States", "US", "94105", "+1 415 555 01", 2, "com"),
    Place("Oakland", "California", "United States", "US", "94607", "+1 510 555 01", 2, "com"),
    Place("San Jose", "California", "United States", "US", "95113", "+1 408 555 01", 2, "io"),
    Place("Austin", "Texas", "United States", "US", "78701", "+1 512 555 01", 2, "com"),
    Place("Boston", "Massachusetts", "United States", "US", "02110", "+1 617 555 01", 2, "com"),
    Place("New York", "New York", "United States", "US", "10001", "+1 212 555 01", 2, "com"),
    Place("Toronto", "Ontario", "Canada", "CA", "M5H 2N2", "+1 416 555 01", 2, "ca"),
    Place("London", "", "United Kingdom", "GB", "EC2A 4NE", "+44 20 7946 0", 3, "co.uk"),
    Place("Manchester", "", "United Kingdom", "GB", "M1 4BT", "+44 161 496 0", 3, "co.uk"),
    Place("Berlin", "", "Germany", "DE", "10117", "+49 30 23125 ", 3, "de"),
    Place("Hamburg", "", "Germany", "DE", "20095", "+49 40 66969 ", 3, "de"),
    Place("München", "", "Germany", "DE", "80331", "+49 89 99998 ", 3, "de"),
    Place("Paris", "", "France", "FR", "75002", "+33 1 99 00 ", 4, "fr"),
    Place("Dublin", "", "Ireland", "IE", "D02 X285", "+353 20 91", 5, "ie"),
    Place("Stockholm", "", "Sweden", "SE", "111 20", "+46 8 465 004 ", 2, "se"),
)

TECHNOLOGIES: Final = (
    "HubSpot", "Marketo", "Google Analytics", "WordPress", "Zendesk", "Intercom", "Cloudflare", "Okta",
    "Amazon Web Services", "Microsoft Azure", "Qualtrics", "Medallia",
)  # fmt: skip

DEPARTMENTS: Final = ("Marketing", "Sales", "IT", "Security", "Operations", "Customer Success", "Finance", "Product")


class Level(NamedTuple):
    """A rank, with the ways in which people write it; `{}` stands for the department."""

    seniority: str
    forms: tuple[str, ...]
    weight: int
    holds_budget: float


LEVELS: Final = (
    Level("executive", ("Chief {} Officer", "Chief Officer, {}"), 6, 0.85),
    Level("vp", ("VP {}", "Vice President, {}", "VP of {}"), 12, 0.70),
    Level("director", ("Director of {}", "{} Director", "Director, {}"), 20, 0.50),
    Level("manager", ("{} Manager", "Manager, {}", "Senior {} Manager"), 32, 0.20),
    Level("employee", ("{} Specialist", "{} Analyst", "{} Associate"), 30, 0.03),
)

OWNERS: Final = (
    ("Robin", "Falk", "robin.falk@rep.example"),
    ("Toni", "Marlow", "toni.marlow@rep.example"),
    ("Alex", "Winter", "alex.winter@rep.example"),
    ("Kim", "Sommer", "kim.sommer@rep.example"),
    ("Chris", "Lindt", "chris.lindt@rep.example"),
)
