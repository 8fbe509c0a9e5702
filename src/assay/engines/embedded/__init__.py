"""The embedded engine: DuckDB reads the files, with bounded memory."""
