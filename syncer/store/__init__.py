"""Tables, migrations, and the queries that the stages need; SQLite and PostgreSQL. Imports core only."""
