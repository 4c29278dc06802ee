"""Alembic's scripts, a file for each revision; they import nothing of ours, so that they stay what they were."""
