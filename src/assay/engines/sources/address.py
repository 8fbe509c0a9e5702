"""The address of a server that a manifest names: read more strictly than one that the user gives."""

from __future__ import annotations

from typing import Any

from assay.errors import DataError
from assay.postgresql import Address, connect, read_address
from assay.record.pipeline import is_loopback

PATIENCE = 600
"""Seconds in which the server says something."""


def open_connection(address: str, told: str) -> Any:
    """A connection to the server. Over a network it has to show a certificate: a manifest cannot say otherwise."""
    return connect(_strict(address, told), told, patience=PATIENCE, error=DataError)


def host_of(address: str, where: str) -> str:
    """The host that `open_connection` would ask; a socket is this machine's own. Raises DataError."""
    return _strict(address, where).host


def _strict(address: str, told: str) -> Address:
    read = read_address(address, told, error=DataError)
    if not read.certified and read.socket is None and not is_loopback(read.host):
        what = f"without a certificate anybody can be {read.host}: sslmode=disable is for this machine alone"
        hint = "Leave sslmode out; PGSSLROOTCERT names the certificate of an authority of your own."
        raise DataError(what, where=told, hint=hint)
    return read
