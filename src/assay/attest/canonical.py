"""Canonical bytes (RFC 8785) and digests: one value, one sequence of bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from assay.errors import AssayError


def canonical(model: BaseModel | Mapping[str, object]) -> bytes:
    """Give the RFC 8785 form of a model or of plain JSON data: sorted keys, no blanks, UTF-8, no end of line.

    Raises AssayError where JSON has no such value: NaN, infinities, integers beyond 2**53, lone surrogates.
    """
    import rfc8785

    data: Any = model.model_dump(mode="json", by_alias=True) if isinstance(model, BaseModel) else model
    try:
        return rfc8785.dumps(data)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise AssayError(
            f"this value has no canonical JSON form: {error}",
            where=type(model).__name__,
            hint="JSON holds finite numbers, integers up to 2**53 and whole characters",
        ) from error


def digest(data: bytes) -> str:
    """Give the SHA-256 of bytes, written `sha256:<64 hex digits>`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
