"""How companies speak of themselves, by trade: what they offer, to whom, and what their people do."""

from __future__ import annotations

from typing import Final

OFFERS: Final = {
    "IT security": (
        (
            "stops intruders and finds stolen passwords",
            "watches over logs and alarms",
            "tests defences before thieves do",
        ),
        ("banks and hospitals", "security officers", "firms under attack"),
        ("hunt threats around the clock", "harden networks and endpoints", "answer incidents within the hour"),
    ),
    "Software": (
        ("builds a cloud platform", "writes subscription products", "makes applications for teams"),
        ("growing companies", "product teams", "finance departments"),
        ("release every second week", "care about interfaces and uptime", "support users in nine languages"),
    ),
    "IT services": (
        ("runs systems and help desks", "moves data centres to the cloud", "integrates applications"),
        ("mid-sized firms", "public bodies", "family businesses"),
        ("consult, migrate and operate", "answer tickets day and night", "train administrators"),
    ),
    "Telecommunications": (
        ("lays fibre and runs mobile masts", "carries voice and data", "rents lines and numbers"),
        ("cities and villages", "call centres", "households and offices"),
        ("plan coverage and roaming", "repair cables", "sell tariffs and handsets"),
    ),
    "Banking": (
        ("keeps accounts and grants loans", "invests deposits", "finances trade"),
        ("savers and shops", "exporters", "private clients"),
        ("weigh credit and risk", "advise on mortgages", "clear payments"),
    ),
    "Insurance": (
        ("covers lives, homes and fleets", "underwrites unusual risks", "settles claims"),
        ("drivers and landlords", "ship owners", "employers"),
        ("reckon premiums", "inspect damage", "write policies"),
    ),
    "Health care": (
        ("treats patients in its wards", "runs practices and laboratories", "cares for the old and the ill"),
        ("families", "insured and uninsured", "three counties"),
        ("diagnose, operate and nurse", "keep beds and theatres ready", "train young doctors"),
    ),
    "Retail": (
        ("sells clothes, toys and food", "runs shops and an online store", "stocks what people need daily"),
        ("shoppers of every age", "bargain hunters", "suburban families"),
        ("fill shelves and tills", "send parcels the same day", "follow fashions and seasons"),
    ),
    "Manufacturing": (
        ("makes pumps and presses", "builds machine tools", "casts and mills parts"),
        ("car plants", "food factories", "shipyards"),
        ("weld, assemble and test", "deliver spare parts for decades", "automate production lines"),
    ),
    "Logistics": (
        ("ships containers and pallets", "stores and forwards freight", "drives goods overnight"),
        ("importers", "web shops", "harvest and harbour"),
        ("plan routes and customs", "load lorries and trains", "track every parcel"),
    ),
}
