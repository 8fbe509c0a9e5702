"""The vocabulary, as frozen models. Imports nothing else of assay."""
