"""The centre's database: one schema and one way to open it, on SQLite and on PostgreSQL."""
