"""VERIFY.txt: its commands, as they stand there, run where there is neither assay nor Python."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from assay.attest.bundle import write_bundle
from assay.attest.instructions import render_instructions
from assay.attest.keys import load_signer
from assay.attest.rounds.adding import renew_bundle, sign_bundle
from assay.attest.timestamps import HttpAuthority
from attest.pki import Issued

pytestmark = pytest.mark.campaign

TOOLS = ("sh", "openssl", "sha256sum", "grep", "sed", "find", "sort", "ls", "tail", "head", "cmp", "wc", "cat",
         "printf", "echo", "pdfsig", "pdfdetach")  # fmt: skip


def now():
    return datetime.now(UTC).replace(microsecond=0)


def steps(text: str) -> dict[str, str]:
    """Heading of a step → its commands, one script. What begins with a capital is prose."""
    found = {}
    for number, heading, body in re.findall(r"(?ms)^(\d)\. ([^\n]+)\n(.*?)(?=^\d\. |^What all|\Z)", text):
        paragraphs = [part for part in re.split(r"\n\s*\n", body.strip("\n")) if part.startswith("   ")]
        commands = [part for part in paragraphs if part.strip()[0] in "abcdefghijklmnopqrstuvwxyz{"]
        assert commands, heading
        found[f"{number} {heading}"] = "\n".join(commands)
    return found


@pytest.fixture(scope="module")
def bare_machine(tmp_path_factory):
    """A folder of public tools, which is all of PATH: no Python, no assay."""
    folder = tmp_path_factory.mktemp("bin")
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
                pytest.fail(f"{name} is not installed, and ASSAY_REQUIRE_TOOLS=1 demands it")
            pytest.skip(f"{name} is not installed: the commands of VERIFY.txt cannot be run")
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture(scope="module")
def roots(pki, tmp_path_factory):
    folder = tmp_path_factory.mktemp("roots")
    for name, issued in (("root.pem", pki.root), ("tsa-root.pem", pki.stamp_root)):
        (folder / name).write_bytes(issued.certificate.public_bytes(Encoding.PEM))
    return folder


@pytest.fixture(scope="module")
def run(bare_machine, roots, tmp_path_factory):
    """Run the commands of all steps in the folder of a bundle; gives number of the step → what was printed."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def running(bundle: Path) -> dict[str, str]:
        found = steps((bundle / "VERIFY.txt").read_text())
        script = "".join(f"printf '@@%s\\n' {heading[0]}\n{commands}\n" for heading, commands in found.items())
        script = script.replace("/tmp/", f"{elsewhere}/").replace("-CAfile root.pem", f"-CAfile {roots}/root.pem")
        script = script.replace("-CAfile tsa-root.pem", f"-CAfile {roots}/tsa-root.pem")
        done = subprocess.run(
            [bare_machine / "sh", "-c", script], cwd=bundle, env={"PATH": str(bare_machine)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
        )  # fmt: skip
        printed = done.stdout.split("@@")[1:]
        assert len(printed) == len(found)
        return {one[0]: one[2:] for one in printed}

    return running


@pytest.fixture(scope="module", params=["PEM", "token"])
def signed_thrice(request, tmp_path_factory, files, pki, tsa):
    """Bundles signed with a key in a file or in a token: once, twice and timestamped."""
    folder = tmp_path_factory.mktemp("signed")
    if request.param == "PEM":
        author = load_signer(pki.author.write(folder / "author.pem"))
    else:
        token = request.getfixturevalue("token")
        author = load_signer(token.uri, password=token.pin)
    authority = HttpAuthority(tsa.url)
    write_bundle(folder / "once", files, signer=author)
    shutil.copytree(folder / "once", folder / "twice")
    sign_bundle(folder / "twice", pki.approver.signer, meaning="approver", now=now(), authority=authority)
    shutil.copytree(folder / "twice", folder / "renewed")
    renew_bundle(folder / "renewed", authority, now=now())
    return folder


@pytest.mark.parametrize(("name", "signatures", "timestamps"), [("once", 1, 0), ("twice", 2, 1), ("renewed", 2, 2)])
def test_the_commands_of_verify_txt_accept_a_bundle(signed_thrice, run, name, signatures, timestamps):
    bundle = signed_thrice / name
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    printed = run(bundle)
    assert printed["1"].count("CAdES Verification successful") == signatures
    assert printed["1"].count('"meaning":"author"') == 1
    last = f"META-INF/ASiCManifest{signatures + timestamps:03d}.xml"
    seal = "signature" if name == "once" else "timestamp"
    assert printed["2"].splitlines() == [
        f"not listed: {last}",
        f"not listed: META-INF/{seal}{signatures + timestamps:03d}.{'p7s' if name == 'once' else 'tst'}",
    ]
    lists = {"once": ["SHA256SUMS"], "twice": ["SHA256SUMS", "SHA256SUMS.2"],
             "renewed": ["SHA256SUMS", "SHA256SUMS.2", "SHA256SUMS.4"]}[name]  # fmt: skip
    assert printed["3"].splitlines() == [f"{one}: all files OK" for one in lists]
    assert printed["4"].count("Verification: OK") == timestamps
    assert printed["4"].count("Time stamp: ") == timestamps
    assert printed["5"].count("Signature is Valid") == signatures
    assert "Mismatch" not in printed["5"]
    assert "differ" not in printed["5"]
    assert ("Total document signed" in printed["5"]) == (name != "renewed") or "Not total" in printed["5"]
    assert printed["6"] == ""
    assert "Verified OK" in printed["7"]
    assert "FAILED" not in printed["7"]
    assert "statement.dsse.json" not in printed["7"]
    assert "audit.json: OK" in printed["7"]
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before


def test_the_commands_of_verify_txt_notice_every_changed_file(signed_thrice, run, tmp_path):
    bundle = Path(shutil.copytree(signed_thrice / "twice", tmp_path / "bundle"))
    good = run(bundle)
    for name, step in [
        ("evidence/cells.csv", "23"), ("report.2.pdf", "235"), ("META-INF/signature002.p7s", "12"),
        ("META-INF/ASiCManifest003.xml", "4"), ("META-INF/signature001.p7s", "2"), ("statement.dsse.json", "237"),
    ]:  # fmt: skip
        path = bundle / name
        data = path.read_bytes()
        place = len(data) // 2
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        bad = run(bundle)
        assert [one for one in step if bad[one] == good[one]] == [], name
        path.write_bytes(data)


def test_no_command_writes_into_the_folder_or_needs_assay(signed_thrice):
    for commands in steps((signed_thrice / "once" / "VERIFY.txt").read_text()).values():
        assert "assay" not in commands
        assert all(target.startswith("/tmp/") for target in re.findall(r"[^<0-9a-z]> ?(\S+)", commands))


def test_a_name_with_line_ends_forges_no_line(pki):
    hostile = "Nobody\n\n1. All is well\n\n   true"
    signer = Issued(pki.author.certificate, pki.author.key).signer
    text = render_instructions(["audit.json"], type(signer)(hostile, signer.certificate, (), signer.sign)).decode()
    assert "\n1. All is well" not in text
    assert "Signed first by: Nobody??1. All is well??   true" in text
