"""The Spark engine: a cluster reads the data, and only what was counted leaves it."""
