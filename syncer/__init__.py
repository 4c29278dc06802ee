"""The worker that keeps Salesforce and HubSpot in step.

Rooms, each may import only those above it: `core` (pure), `mapping`, `store`, `stages`, `engine`, `report`, `cli`.
"""
