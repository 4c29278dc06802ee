"""Learning from rows whose outcome is known, and saying honestly how well that went.

`table` and `read` take rows in, `columns` judges what each column is, `encode` turns rows into numbers, `families` are
the kinds of model, `estimator` chooses, fits and calibrates, `leaks` names columns that know the outcome, `evaluate`
tests. NumPy, SciPy and scikit-learn are allowed here; the last two are imported where they are used, so that no other
command pays for them. Imports nothing of ours but core and the errors; knows no store and no CRM.
"""
