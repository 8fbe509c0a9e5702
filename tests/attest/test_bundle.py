import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from assay.attest.bundle import write_bundle
from assay.attest.verify import verify
from assay.errors import AssayError, SignatureError, WriteError
from assay.processes import host

WRITER = """
import os, pickle, resource, signal, sys
from pathlib import Path
from assay.attest.bundle import write_bundle
from assay.attest.keys import load_signer
from assay.errors import AssayError
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever it was for who runs the tests
target, identity, stored, limit, nobody = sys.argv[1:6]
files = pickle.loads(Path(stored).read_bytes())
signer = load_signer(Path(identity) / "signer.pem")
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
if int(nobody):
    signer = None  # whoever is nobody may not be able to import what signs
    os.setuid(65534)
try:
    write_bundle(Path(target), files, signer=signer)
except AssayError as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(3)
"""


def writer(target, identity, files, folder, *, limit=0, as_nobody=False):
    """Run write_bundle in a process of its own."""
    stored = folder / "files.pickle"
    stored.write_bytes(pickle.dumps(files))
    command = [sys.executable, "-c", WRITER, str(target), str(identity), str(stored), str(limit), str(int(as_nobody))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_bundle_holds_the_files_and_what_proves_them(signed, files):
    there = {str(path.relative_to(signed)) for path in signed.rglob("*") if path.is_file()}
    assert there == set(files) | {
        "mimetype", "SHA256SUMS", "VERIFY.txt", "signatures/001.json", "statement.dsse.json",
        "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s",
    }  # fmt: skip
    for name in set(files) - {"report.pdf"}:
        assert (signed / name).read_bytes() == files[name]
    assert (signed / "mimetype").read_bytes() == b"application/vnd.etsi.asic-e+zip"


def test_openssl_refuses_another_root(bundle, tmp_path, tool):
    from assay.attest.keys import make_demo_identity

    make_demo_identity(tmp_path / "other")
    command = "openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s -content"
    command += " META-INF/ASiCManifest001.xml -purpose any -out /dev/null -CAfile"
    assert tool(*command.split(), tmp_path / "other" / "root.pem", cwd=bundle).returncode != 0


def test_without_a_signer_nothing_claims_to_be_signed(tmp_path, files):
    write_bundle(tmp_path / "plain", files, signer=None)
    there = {path.name for path in (tmp_path / "plain").iterdir()}
    assert "META-INF" not in there
    assert "mimetype" not in there
    assert "THIS BUNDLE IS NOT SIGNED" in (tmp_path / "plain" / "VERIFY.txt").read_text()
    assert (tmp_path / "plain" / "report.pdf").read_bytes() == files["report.pdf"]


def test_no_private_key_and_no_root_is_in_a_bundle(signed, identity):
    root = (identity / "root.pem").read_bytes()
    for path in signed.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"PRIVATE KEY" not in data
            assert root not in data


@pytest.mark.parametrize("kind", ["bundle", "empty folder", "file", "dangling link"])
def test_what_is_there_is_never_overwritten(tmp_path, files, signer, kind):
    target = tmp_path / "there"
    match kind:
        case "bundle":
            write_bundle(target, files, signer=signer)
        case "empty folder":
            target.mkdir()
        case "file":
            target.write_text("mine")
        case "dangling link":
            target.symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AssayError) as caught:
        write_bundle(target, files, signer=signer)
    assert caught.value.kind == "invalid"
    assert caught.value.where == str(target)
    assert "--out" in caught.value.hint
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../up", "a/../b", "a//b", "a b", "a\nb", "a\\b", "é", ".hidden", "a/.hidden", "dot.",
     "mimetype", "SHA256SUMS", "sha256sums", "VERIFY.txt", "META-INF/x", "meta-inf/x", "Audit.json", "audit.json/x",
     "x" * 201],
)  # fmt: skip
def test_a_name_that_means_something_else_somewhere_is_refused_before_anything_is_written(tmp_path, files, name):
    with pytest.raises(AssayError):
        write_bundle(tmp_path / "new", {**files, name: b""}, signer=None)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_signed_leaves_nothing(tmp_path, files, signer):
    with pytest.raises(SignatureError):
        write_bundle(tmp_path / "deep" / "new", {**files, "report.pdf": b"no pdf"}, signer=signer)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_write_error_and_leaves_nothing(tmp_path, files, identity):
    place = tmp_path / "disk"
    place.mkdir()
    process = writer(place / "a" / "b", identity, {**files, "evidence/big.csv": b"x" * 100_000}, tmp_path, limit=50_000)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "WriteError" in output
    assert "--out" in output
    assert list(place.iterdir()) == []


def test_a_full_file_system_is_a_write_error_and_leaves_nothing(tmp_path, files, signer, tool):
    place = tmp_path / "small"
    place.mkdir()
    if tool("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place).returncode != 0:
        pytest.skip("mounting a small file system is not permitted here; the limit on file size stands in for it")
    try:
        with pytest.raises(WriteError, match="space"):
            write_bundle(place / "new", {**files, "evidence/big.csv": b"x" * 100_000}, signer=signer)
        assert list(place.iterdir()) == []
    finally:
        tool("umount", place)


def test_a_folder_without_write_permission_is_a_write_error_and_leaves_nothing(identity, files):
    place = Path(tempfile.mkdtemp())  # not below tmp_path, which nobody but its owner may enter
    place.chmod(0o555)
    process = writer(place / "new", identity, files, identity, as_nobody=os.geteuid() == 0)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "WriteError" in output
    assert list(place.iterdir()) == []
    place.rmdir()


def test_a_file_in_the_place_of_the_folder_is_a_write_error(tmp_path, files, signer):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError) as caught:
        write_bundle(tmp_path / "file" / "new", files, signer=signer)
    assert caught.value.kind == "failed"


@pytest.mark.campaign
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_run_stopped_at_any_moment_leaves_nothing_that_verifies_and_the_next_one_works(
    tmp_path, files, identity, number
):
    many = {**files, **{f"exports/{one}.txt": b"x" * 1000 for one in range(60)}}
    place = tmp_path / "place"
    place.mkdir()
    stopped = 0
    for written in (0, 1, 20, 50, 71):
        process = writer(place / "new", identity, many, tmp_path)
        wait_for(place, written, process)
        process.send_signal(number)
        process.communicate(timeout=60)
        if (place / "new").exists():  # it was quicker: then it is complete
            assert verify(place / "new").intact
            (place / "new").rename(place / f"complete-{written}")
        left = [one for one in place.iterdir() if one.name.startswith(".")]
        stopped += process.returncode != 0
        for one in left:
            with pytest.raises(AssayError, match="did not finish"):
                verify(one)
        assert number == signal.SIGKILL or left == []
    assert stopped
    process = writer(place / "next", identity, many, tmp_path)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert verify(place / "next").intact
    assert [one.name for one in place.iterdir() if one.name.startswith(".")] == []


def wait_for(place, written, process):
    """Until that many files of an unfinished bundle are there, or the run is over."""
    before = set(place.iterdir())
    while process.poll() is None:
        new = set(place.iterdir()) - before
        with contextlib.suppress(FileNotFoundError):  # renamed between two looks
            if any(len(list(one.rglob("*"))) >= written for one in new):
                return


def test_a_complete_bundle_under_the_name_of_an_unfinished_one_does_not_verify(signed, tmp_path):
    left = tmp_path / f".new.partial-{'0' * 8}-1-{'0' * 8}"
    shutil.copytree(signed, left)
    with pytest.raises(AssayError, match="did not finish"):
        verify(left)
    link = tmp_path / "link"
    link.symlink_to(left)
    with pytest.raises(AssayError, match="did not finish"):
        verify(link)


def test_the_folder_of_a_run_that_is_still_at_work_is_left_alone(tmp_path, files):
    own = host()
    living = tmp_path / f".other.partial-{own}-{os.getpid()}-{'0' * 8}"
    elsewhere = tmp_path / f".other.partial-{'f' * 8}-999999-{'0' * 8}"
    stale = tmp_path / f".other.partial-{'f' * 8}-999998-{'0' * 8}"
    dead = tmp_path / f".other.partial-{own}-{dead_process()}-{'0' * 8}"
    unrelated = tmp_path / ".mine.partial-1"
    for folder in (living, elsewhere, stale, dead, unrelated):
        folder.mkdir()
        (folder / "file").write_text("")
    os.utime(stale, (0, 0))
    write_bundle(tmp_path / "new", files, signer=None)
    assert {path.name for path in tmp_path.iterdir()} == {"new", living.name, elsewhere.name, unrelated.name}


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_of_two_runs_at_once_one_writes_and_the_other_says_that_it_is_there(tmp_path, files, identity):
    target = tmp_path / "place" / "new"
    both = [writer(target, identity, files, Path(tmp_path)) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert sorted(process.returncode for process in both) == [0, 3]
    assert "never overwrites" in "".join(outputs)
    assert [path.name for path in target.parent.iterdir()] == ["new"]
    assert verify(target).intact
