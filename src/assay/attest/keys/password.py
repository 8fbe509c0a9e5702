"""Passwords and PINs: given beforehand, or asked for when one is needed, and never shown."""

from __future__ import annotations

from collections.abc import Callable

from assay.errors import SignatureError

Password = Callable[[str], bytes] | bytes | None
"""A password, or what asks for one: it is given what the password is of (`password of signer.pem`)."""


def needed(password: Password, what: str, where: str) -> bytes:
    """Give the password that is needed now. Raises SignatureError where there is none."""
    given = password(what) if callable(password) else password
    if not given:
        raise SignatureError(
            f"no password was given, and one is needed: {what}",
            where=where,
            hint="give it at the prompt, with --password-fd or with --password-env",
        )
    return given
