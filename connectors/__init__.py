"""The outside world: HTTP and vendors.

Knows nothing of claims, rules or stores, and may import nothing of `syncer`, `sandbox` or `simulation`.
`base` holds the protocol that both CRMs implement; `http` is the one policy for every call.
"""
