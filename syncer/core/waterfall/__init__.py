"""Which provider is asked for what, at what price, and what becomes of its answer. Pure.

`policy` is what admins declare, `wants` says which fields still matter for a subject, `steps` which question is next,
`purse` what may still be spent, `values` turns vendors' words into canonical values, `answers` makes an answer into
claims, what is remembered of the question, and how the provider does. Amounts are thousandths of a credit, times ms in
UTC. Imports nothing of ours outside core: providers and stored rows are known here by the shape they have.
"""
