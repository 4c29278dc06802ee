"""Pure decisions: values, canon, rules, merge, breaker.

Imports nothing of ours outside this folder, and no time, random, uuid, os or network: same input, same answer.
"""
