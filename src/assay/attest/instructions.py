"""VERIFY.txt: how to check a bundle with public tools alone, and what each check proves."""

from __future__ import annotations

from collections.abc import Collection

from assay.attest.dsse import HOW_TO_CHECK
from assay.attest.keys import DEMO_NAME, Signer, common_name
from assay.attest.layout import AUDIT, PDF, PROOF

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
Signed first by: {name}
Issued by:       {issuer}
Certificate:     SHA-256 {fingerprint}

Others may have signed later, and there may be timestamps. Signatures and timestamps are numbered together. Number 002
adds META-INF/ASiCManifest002.xml, the list of all files that were there with their digests, and over that list either
META-INF/signature002.p7s or META-INF/timestamp002.tst. With it may come report.2.pdf (the report with one signature or
timestamp more), SHA256SUMS.2, and signatures/002.json, which says who signed, when by their own clock, and what is
meant by it: author, reviewer, approver, or responsibility. No file changes; the newest list names all others.

You need the root certificates of those who issued the signers' certificates, together in one file root.pem, and those
of the timestamp authorities in tsa-root.pem. Get them from these issuers, or from somebody you trust, but not together
with this folder: whoever can change the folder could change such a file too, which is why there is none in here. Keep
them outside this folder and write their paths where the commands below say root.pem and tsa-root.pem. A certificate
that its signer made (subject and issuer are the same) is its own root: ask that person for its SHA-256.
{demo}
1. The signatures

   for signature in META-INF/signature*.p7s; do
     number=${{signature#META-INF/signature}}; list=META-INF/ASiCManifest${{number%.p7s}}.xml
     echo "$signature over $list"
     openssl cms -verify -cades -binary -inform DER -in "$signature" -content "$list" \\
       -CAfile root.pem -purpose any -out /dev/null
     openssl pkcs7 -inform DER -in "$signature" -print_certs -noout
     cat "signatures/${{number%.p7s}}.json"; echo
   done

   Expect "CAdES Verification successful" for each, and that `certificate` of the .json is the SHA-256 of a certificate
   you were told of; the names are what certificate and signer say. After a certificate has expired, add -no_check_time;
   then only a timestamp (step 4) from before that day shows that the signature is not younger.
   Proves: the holder of the key of each certificate signed that list of files with their digests, and not one byte of
   the list has changed since.
   Does not prove: when. The time in a signature is the signer's own statement, and nobody is asked here whether a
   certificate was revoked.

2. The newest list names every file

   newest=$(ls META-INF/ASiCManifest*.xml | tail -n 1)
   find . -type f | sed 's|^\\./||' | sort | while read -r file; do
     digest=$(openssl dgst -sha256 -binary "$file" | openssl base64)
     grep -q -F "<ds:DigestValue>$digest</ds:DigestValue>" "$newest" || echo "not listed: $file"
   done

   Expect two lines "not listed": the newest list itself, and the signature or timestamp over it.
   Proves, after 1: each file is one that was signed or timestamped; none was added and none was changed. This covers
   SHA256SUMS and the earlier lists and signatures.

3. Every file is there, under its name

   for sums in SHA256SUMS*; do sha256sum -c --quiet "$sums" && echo "$sums: all files OK"; done

   Proves, after 1 and 2: no file is missing, and none goes by another's name. macOS: shasum -a 256 -c

4. The timestamps, if there are any

   for timestamp in META-INF/timestamp*.tst; do
     [ -e "$timestamp" ] || continue
     number=${{timestamp#META-INF/timestamp}}; list=META-INF/ASiCManifest${{number%.tst}}.xml
     echo "$timestamp over $list"
     openssl ts -verify -in "$timestamp" -token_in -data "$list" -CAfile tsa-root.pem
     openssl ts -reply -in "$timestamp" -token_in -text | grep "Time stamp"
   done

   Expect "Verification: OK" for each.
   Proves: everything on that list, earlier signatures included, existed at that time, by the clock of that authority.
"""

_PDF = """
5. The PDF report

   report=$(ls report*.pdf | sort -t . -k 2 -n | tail -n 1)
   pdfsig "$report"
   for earlier in report*.pdf; do head -c "$(wc -c < "$earlier")" "$report" | cmp - "$earlier"; done

   Expect "Signature is Valid." for each signature, and "Total document signed" for the last. Read the text; the exit
   code says nothing. pdfsig does not know timestamps over a whole document, which `assay archive renew` adds. No output
   of cmp: the newest report is the earlier one with something added.
   Proves: the PDF alone, away from this folder, is as it was signed. "Certificate issuer is unknown" only means that
   pdfsig was not given the root certificate.

6. The record inside the PDF

   pdfdetach -savefile audit.json -o /tmp/embedded-audit.json "$report"
   cmp /tmp/embedded-audit.json audit.json

   No output of cmp: the same bytes.
   Proves: the PDF reports this record. Its digest, `sha256sum audit.json`, is printed in the report.
"""

_STATEMENT = """
{number}. The statement for pipelines

{how}"""

_LEDGER = """
{number}. The entry in the ledger

   cat ledger/entry.json; echo; cat ledger/proof.txt

   These commands show it and check nothing; `assay verify .` works it out. The proof (C2SP tlog-proof) says that this
   entry stands in the ledger whose signed state ends the proof. Ask whoever keeps a copy of that ledger whether it has
   this state: `assay ledger check` compares them.
"""

_TAIL = """
What all of this does not prove
-------------------------------
That a signer is somebody you should trust, that the data were the right ones, or that the policy was the right one.
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
    parts = [_PDF] if PDF in names and AUDIT in names else []
    number = 7 if parts else 5
    parts.append(_STATEMENT.format(number=number, how=HOW_TO_CHECK))
    if PROOF in names:
        parts.append(_LEDGER.format(number=number + 1))
    return (_HEAD + signed + "".join(parts) + _TAIL + _CONTAINER).encode()


def _plain(text: str) -> str:
    """A name on one line: a certificate may hold line ends, which would forge other lines of this file."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
