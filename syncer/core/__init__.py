"""Pure decisions: values, canon, rules, merge, claims and what is made of them, qualification, breaker, listening.

Imports nothing of ours outside this folder, and no time, random, uuid, os or network: same input, same answer.
"""
