"""Who is who: normal forms of what people write about companies and people, and which account a lead belongs to. Pure.

Normalisers (`domains`, `names`, `places`, `contacts`, `titles`, `industries`, `sizes`, `money`) are total: any text
gives a normal form or nothing. On them stand `candidates` (which accounts are worth a look), `features` (what agrees,
what clashes), `model` (probability), `refit` (weights from what people confirmed or rejected; needs NumPy), `reasons`
(why, in words) and `match`. Imports nothing of ours outside core; its lists are in `data/`.
"""
