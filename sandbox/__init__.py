"""Salesforce, HubSpot and vendors on loopback, over TLS, with their limits and their faults.

Each system is one deterministic model with two doors: the HTTPS server, and `handle(request)` in process. Imports
nothing of `syncer`, `connectors` or `simulation`.
"""
