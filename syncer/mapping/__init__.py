"""Loads and validates what admins edit, with file, line and the nearest right word. Imports core only."""
