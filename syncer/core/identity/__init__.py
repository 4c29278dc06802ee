"""Who is who: normal forms of what people write about companies and people, and which account a lead belongs to. Pure.

Normalisers (`domains`, `names`, `places`, `contacts`, `titles`, `industries`, `sizes`, `money`) are total: any text
gives a normal form or nothing. On them stand `candidates` (which accounts are worth a look), `features` (what agrees,
what clashes), `model` (probability, and the refit from links that people confirmed or rejected), `reasons` (why, in
words) and `match`. Imports nothing of ours outside core; its lists are in `data/`.
"""
