"""Who signs: signers from PEM files, PKCS #12 files and PKCS #11 tokens, and identities made here."""

from assay.attest.keys.identity import DEMO_NAME, DEMO_ROOT_NAME, MadeIdentity, make_demo_identity, make_identity
from assay.attest.keys.load import load_signer
from assay.attest.keys.password import Password
from assay.attest.keys.signer import PrivateKey, Signer, chain_of, common_name, issued, refused_key, signing_with

__all__ = [
    "DEMO_NAME",
    "DEMO_ROOT_NAME",
    "MadeIdentity",
    "Password",
    "PrivateKey",
    "Signer",
    "chain_of",
    "common_name",
    "issued",
    "load_signer",
    "make_demo_identity",
    "make_identity",
    "refused_key",
    "signing_with",
]
