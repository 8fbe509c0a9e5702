"""VERIFY.txt: how to check a bundle with public tools alone, and what each check proves."""

from __future__ import annotations

from collections.abc import Collection

from assay.attest.keys import DEMO_NAME, Signer, common_name
from assay.attest.layout import AUDIT, PDF

_HEAD = """How to check this folder without Assay
======================================

Every command below runs inside this folder. None of them writes into it.
"""

_UNSIGNED = """
THIS BUNDLE IS NOT SIGNED. Nobody vouches for it: whoever holds it can change it.

1. The files are those that were written together

   sha256sum -c SHA256SUMS

   Proves: the files fit together; none of them was damaged on the way.
   Does not prove: who made them. SHA256SUMS can be changed together with the files.
"""

_SIGNED = """
Signed by:   {name}
Issued by:   {issuer}
Certificate: SHA-256 {fingerprint}

You need the root certificate of the issuer as root.pem. Get it from the issuer, or from somebody you trust, but not
together with this folder: whoever can change the folder could change that file too, which is why it is not in here.
Keep it outside this folder and write its path where the command below says root.pem.
{demo}
1. The signature

   openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s \\
     -content META-INF/ASiCManifest001.xml -CAfile root.pem -purpose any -out /dev/null

   Proves: the holder of the certificate's key signed META-INF/ASiCManifest001.xml, the list of all files with their
   digests, and not one byte of the list has changed since.
   Does not prove: when. The time in the signature is the signer's own statement, and nobody is asked here whether the
   certificate was revoked.

2. The list of digests is the one that was signed

   openssl dgst -sha256 -binary SHA256SUMS | openssl base64
   grep -A 2 'URI="SHA256SUMS"' META-INF/ASiCManifest001.xml

   The first command prints the DigestValue which the second one shows.
   Proves: SHA256SUMS is under the signature of step 1.

3. The files

   sha256sum -c SHA256SUMS

   Proves, after 1 and 2: each listed file is the one that was signed. macOS: shasum -a 256 -c SHA256SUMS
   Does not prove: that no file was added. Compare with the list:

   find . -type f ! -path './META-INF/*' ! -name SHA256SUMS | sort
"""

_PDF = """
4. The PDF report

   pdfsig report.pdf

   Expect "Signature is Valid." and "Total document signed". Read the text; the exit code says nothing.
   Proves: the PDF alone, away from this folder, is as it was signed. "Certificate issuer is unknown" only means that
   pdfsig was not given the root certificate.

5. The record inside the PDF

   pdfdetach -savefile audit.json -o /tmp/embedded-audit.json report.pdf
   cmp /tmp/embedded-audit.json audit.json

   No output of cmp: the same bytes.
   Proves: the PDF reports this record. Its digest, `sha256sum audit.json`, is printed in the report.
"""

_TAIL = """
What all of this does not prove
-------------------------------
That the signer is somebody you should trust, that the data were the right ones, or that the policy was the right one.
The record says which data and policies were used, by digest. `assay verify .` makes the checks above at once and also
works out every outcome of the record again from its stored estimates.
"""

_CONTAINER = """
The container
-------------
The files `mimetype` and META-INF/ make this folder an ASiC-E container with a CAdES signature (ETSI EN 319 162-1).
Packed as a zip with `mimetype` first and stored uncompressed, and named .asice, it can be opened by programs that read
such containers:   zip -X -0 ../bundle.asice mimetype && zip -X -r ../bundle.asice . -x mimetype
"""


def render_instructions(names: Collection[str], signer: Signer | None) -> bytes:
    """Write VERIFY.txt for a bundle that holds the named files."""
    if signer is None:
        return (_HEAD + _UNSIGNED + _TAIL).encode()
    demo = ""
    if signer.name == DEMO_NAME:
        demo = (
            "\nTHIS IS A DEMONSTRATION IDENTITY, made by the program itself. It stands for nobody. Its root certificate"
            "\nwas written beside its key: build/demo-identity/root.pem, unless another folder was chosen.\n"
        )
    signed = _SIGNED.format(
        name=_plain(signer.name),
        issuer=_plain(common_name(signer.certificate.issuer)),
        fingerprint=signer.fingerprint,
        demo=demo,
    )
    pdf = _PDF if PDF in names and AUDIT in names else ""
    return (_HEAD + signed + pdf + _TAIL + _CONTAINER).encode()


def _plain(text: str) -> str:
    """A name on one line: a certificate may hold line ends, which would forge other lines of this file."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
