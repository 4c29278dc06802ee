"""A file for each stage of the flow: observe, link, reconcile, gate, dispatch, settle, audit; and what they share.

Imports core, mapping, store and connectors.base. Pure parts (`plan*`, `intents`) take no ports.
"""
