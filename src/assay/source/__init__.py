"""Strict YAML with positions, for policies, manifests, catalogues and waivers."""

from assay.source.model import check_model, read_model
from assay.source.read import Loc, Source, parse_source, read_source
from assay.source.told import in_order, nearest, raise_all

__all__ = [
    "Loc",
    "Source",
    "check_model",
    "in_order",
    "nearest",
    "parse_source",
    "raise_all",
    "read_model",
    "read_source",
]
