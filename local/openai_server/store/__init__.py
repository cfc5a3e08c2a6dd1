"""The server's rows: one module a noun, plain functions over a SQLite connection."""
