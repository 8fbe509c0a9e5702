"""Assay: policy as code for machine-learning models."""
