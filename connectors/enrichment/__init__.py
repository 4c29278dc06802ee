"""Sources of what is known about companies: a file per provider, all behind the protocol of `provider`.

A provider answers questions about one company or person at a time or in its own batches, and says of every answer
whether it is a hit, a miss, a refusal or a failure, whatever odd shape the vendor chose for that. It knows nothing of
claims, rules or stores: what an answer is worth is decided above. Nothing of `syncer` may be imported here.
"""
