"""A file for each stage of the flow: observe, link, reconcile, gate, dispatch, settle, audit. Imports core, mapping, store and connectors.base."""
