"""What happened, as text, tables and JSON. Imports core and store."""
