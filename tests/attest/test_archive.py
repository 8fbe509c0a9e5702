import io
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.attest import archive, layout
from assay.attest.archive import extract, opened, pack, unpack
from assay.attest.verify import verify
from assay.errors import AssayError, WriteError

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def packed(signed, tmp_path_factory):
    """The archive of an intact bundle."""
    target = tmp_path_factory.mktemp("packed") / "house.asice"
    pack(signed, target)
    return target


def snapshot(path):
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def zipped(files, *, change=lambda info: None, comment=b""):
    """Write files as an archive with the standard library, after `change` was made to each entry."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as file:
        warnings.simplefilter("ignore")  # about duplicates
        for name, data in files:
            info = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            info.filename = name  # the constructor would cut at a NUL
            info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            change(info)
            file.writestr(info, data)
        file.comment = comment
    return out.getvalue()


def ordered(files):
    return sorted(files.items(), key=lambda item: (item[0] != "mimetype", item[0]))


def refused(data, folder):
    """Why an archive with these bytes is refused; nothing of it may be left, inside or outside."""
    path, target = folder / "hostile.asice", folder / "into" / "bundle"
    path.write_bytes(data)
    target.parent.mkdir(exist_ok=True)
    before = snapshot(folder)
    with pytest.raises(AssayError) as error:
        unpack(path, target)
    assert snapshot(folder) == before
    assert list(target.parent.iterdir()) == []
    return error.value.what


# What pack writes


def test_an_archive_gives_back_every_byte_and_packs_to_the_same_bytes_again(signed, packed, tmp_path):
    unpack(packed, tmp_path / "back")
    assert snapshot(tmp_path / "back") == snapshot(signed)
    pack(tmp_path / "back", tmp_path / "again.asice")
    assert (tmp_path / "again.asice").read_bytes() == packed.read_bytes()
    assert verify(tmp_path / "back").intact


def test_the_bytes_of_an_archive_do_not_depend_on_times_or_permissions_of_the_files(bundle, packed, tmp_path):
    for path in bundle.rglob("*"):
        os.utime(path, (10**9, 10**9))
    (bundle / "audit.json").chmod(0o600)
    pack(bundle, tmp_path / "later.asice")
    assert (tmp_path / "later.asice").read_bytes() == packed.read_bytes()


def test_the_standard_library_would_write_the_same_archive(signed, packed):
    assert zipped(ordered(snapshot(signed))) == packed.read_bytes()


def test_programs_that_know_nothing_of_assay_read_an_archive(signed, packed, tmp_path, tool):
    assert "No errors detected" in tool("unzip", "-t", packed).stdout
    assert tool("unzip", "-q", packed, "-d", tmp_path / "by-unzip").returncode == 0
    assert snapshot(tmp_path / "by-unzip") == snapshot(signed)
    lines = tool("zipinfo", packed).stdout.splitlines()
    assert lines[2].startswith("-rw-r--r--  2.0 unx")
    assert lines[2].endswith("stor 80-Jan-01 00:00 mimetype")
    assert all(" stor " in line for line in lines[2:-1])
    with zipfile.ZipFile(packed) as file:
        assert file.testzip() is None
        assert file.infolist()[0].filename == "mimetype"


def test_the_program_file_calls_an_archive_an_asic_container(packed, tool):
    assert "application/vnd.etsi.asic-e+zip" in tool("file", packed).stdout
    assert packed.read_bytes()[30:38] == b"mimetype"
    assert packed.read_bytes()[38:69] == layout.ASIC_E.encode()


def test_pack_never_writes_over_a_file_and_never_into_the_bundle(bundle, tmp_path):
    target = tmp_path / "there.asice"
    target.write_bytes(b"mine")
    with pytest.raises(AssayError, match="something here already"):
        pack(bundle, target)
    assert target.read_bytes() == b"mine"
    with pytest.raises(AssayError, match="inside the bundle"):
        pack(bundle, bundle / "evidence" / "x.asice")
    assert verify(bundle).intact


def test_a_folder_with_a_link_or_without_a_signature_is_not_packed(bundle, files, tmp_path):
    (bundle / "link").symlink_to("/etc/passwd")
    with pytest.raises(AssayError, match="symbolic link"):
        pack(bundle, tmp_path / "x.asice")
    (bundle / "link").unlink()
    (bundle / "mimetype").unlink()
    with pytest.raises(AssayError, match="unsigned"):
        pack(bundle, tmp_path / "x.asice")
    assert not (tmp_path / "x.asice").exists()


def test_unpack_never_writes_over_anything(packed, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(AssayError, match="something here already"):
        unpack(packed, tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []


# What opened reads


def test_an_archive_is_read_in_a_private_folder_that_is_gone_afterwards(packed, signed):
    with opened(packed) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert snapshot(folder) == snapshot(signed)
    assert not folder.exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_private_folder_is_gone_after_an_error_too(packed, error):
    with pytest.raises(error), opened(packed) as folder:  # noqa: PT012
        there = folder
        raise error
    assert not there.exists()


def test_a_folder_is_read_where_it_is(bundle):
    with opened(bundle) as folder:
        assert folder == bundle
    assert bundle.exists()


def test_an_archive_under_another_name_is_an_archive(packed, tmp_path):
    shutil.copy(packed, tmp_path / "house.zip")
    with opened(tmp_path / "house.zip") as folder:
        assert (folder / "audit.json").exists()


def test_what_is_no_archive_is_refused(tmp_path):
    assert "it is no zip" in refused(b"no zip at all", tmp_path)
    assert "it is no zip" in refused(b"", tmp_path)
    assert "cut short" in refused(b"PK\x03\x04", tmp_path)
    os.mkfifo(tmp_path / "pipe.asice")
    with pytest.raises(AssayError, match="not a plain file"):
        unpack(tmp_path / "pipe.asice", tmp_path / "x")


# Hostile archives: one change each to an archive that is otherwise right


@pytest.fixture(scope="module")
def entries(signed):
    return ordered(snapshot(signed))


def with_entry(entries, name, data=b"x"):
    return ordered({**dict(entries), name: data})


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../outside", "leads out"),
        ("evidence/../../outside", "leads out"),
        ("..\\outside", "leads out"),
        ("/etc/outside", "absolute"),
        ("C:\\outside", "absolute"),
        ("C:outside", "absolute"),
        ("evidence/", "entry for a folder"),
        ("evidence\\cells2.csv", "no name for a file"),
        ("nul\0byte", "no name for a file"),
        ("line\n", "no name for a file"),
        ("\x1b[31mred", "no name for a file"),
        ("", "no name for a file"),
        (".", "no name for a file"),
        ("a//b", "no name for a file"),
        ("./a", "no name for a file"),
        (".hidden", "no name for a file"),
        ("caf\u00e9", "beyond ASCII"),
        ("cafe\u0301", "beyond ASCII"),
        ("Audit.json", "twice, or differs"),
        ("audit.json/x", "folder which is a file"),
        ("a" * 600, "no name for a file"),
    ],
)
def test_a_name_that_means_something_else_somewhere_is_refused(entries, name, why, tmp_path):
    what = refused(zipped(with_entry(entries, name)), tmp_path)
    assert why in what
    assert "\x1b" not in what


def test_a_file_that_is_there_twice_is_refused(entries, tmp_path):
    twice = sorted([*entries, ("audit.json", b"{}")], key=lambda item: (item[0] != "mimetype", item[0]))
    assert "audit.json is there twice" in refused(zipped(twice), tmp_path)


def test_files_in_another_order_are_refused(entries, tmp_path):
    assert "not in order" in refused(zipped([entries[0], *reversed(entries[1:])]), tmp_path)
    assert "first file is not mimetype" in refused(zipped([*entries[1:], entries[0]]), tmp_path)
    assert "first file is not mimetype" in refused(zipped(entries[1:]), tmp_path)


def test_an_archive_without_a_file_is_refused(tmp_path):
    refused(zipped([]), tmp_path)


def test_another_mimetype_is_refused(entries, tmp_path):
    changed = [("mimetype", b"application/zip"), *entries[1:]]
    assert "mimetype does not hold" in refused(zipped(changed), tmp_path)


def linked(info):
    if info.filename == "evidence/cells.csv":
        info.external_attr = (stat.S_IFLNK | 0o777) << 16


def extended(info):
    info.extra = b"\x99\x99\x04\x00\x00\x00\x00\x00"


def remarked(info):
    info.comment = b"hidden"


def dated(info):
    info.date_time = (2026, 3, 31, 12, 0, 0)


def executable(info):
    info.external_attr = (stat.S_IFREG | 0o755) << 16


def deflated(info):
    info.compress_type = zipfile.ZIP_DEFLATED


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (linked, "evidence/cells.csv is a symbolic link"),
        (extended, "extra field"),
        (remarked, "comment"),
        (dated, "a date"),
        (executable, "an attribute"),
        (deflated, "mimetype is compressed"),
    ],
)
def test_an_entry_of_another_kind_is_refused(entries, change, why, tmp_path):
    assert why in refused(zipped(entries, change=change), tmp_path)


def test_a_bomb_is_refused_before_anything_of_it_is_unpacked(entries, tmp_path):
    def bomb(info):
        if info.filename == "zeros.bin":
            info.compress_type = zipfile.ZIP_DEFLATED

    data = zipped(with_entry(entries, "zeros.bin", bytes(50_000_000)), change=bomb)
    assert len(data) < 200_000
    assert "zeros.bin is compressed, as a bomb would be" in refused(data, tmp_path)


def records_of(data):
    """Offsets of the records of the archive's directory, and of its end."""
    end = len(data) - 22
    place = struct.unpack_from("<I", data, end + 16)[0]
    places = []
    while place < end:
        places.append(place)
        place += 46 + struct.unpack_from("<H", data, place + 28)[0]
    return places, end


def patched(data, place, form, value):
    changed = bytearray(data)
    struct.pack_into(form, changed, place, value)
    return bytes(changed)


def test_entries_that_share_their_bytes_are_refused(packed, tmp_path):
    data = packed.read_bytes()
    records, _ = records_of(data)
    third = struct.unpack_from("<I", data, records[2] + 42)[0]
    assert "they overlap, or leave a gap" in refused(patched(data, records[3] + 42, "<I", third), tmp_path)


def test_a_size_that_promises_more_than_there_is_is_refused(packed, tmp_path):
    data = packed.read_bytes()
    records, _ = records_of(data)
    lying = patched(patched(data, records[-1] + 20, "<I", 10**9), records[-1] + 24, "<I", 10**9)
    refused(lying, tmp_path)
    assert "is compressed" in refused(patched(data, records[-1] + 24, "<I", 10**9), tmp_path)


def test_an_encrypted_entry_is_refused(packed, tmp_path):
    data = packed.read_bytes()
    records, _ = records_of(data)
    assert "mimetype is encrypted" in refused(patched(data, records[0] + 8, "<H", 1), tmp_path)


@pytest.mark.parametrize(("field", "value"), [(10, 0xFFFF), (12, 0xFFFFFFFF), (16, 0xFFFFFFFF)])
def test_zip64_is_refused(packed, tmp_path, field, value):
    data = packed.read_bytes()
    _, end = records_of(data)
    form = "<H" if value == 0xFFFF else "<I"
    changed = patched(data, end + field, form, value)
    if field == 10:
        changed = patched(changed, end + 8, form, value)
    assert "zip64" in refused(changed, tmp_path)


def test_a_local_header_that_disagrees_with_the_directory_is_refused(packed, tmp_path):
    data = packed.read_bytes()
    place = data.index(b"PK\x03\x04", 40)
    assert "contradicts the archive's directory" in refused(patched(data, place + 10, "<H", 1), tmp_path)
    named = data[: place + 30] + b"X" + data[place + 31 :]
    assert "contradicts the archive's directory" in refused(named, tmp_path)


def test_wrong_checksums_are_refused(packed, tmp_path):
    data = packed.read_bytes()
    assert b"female,1000,700" in data
    assert "evidence/cells.csv are not those" in refused(data.replace(b"female,1000,700", b"female,1000,900"), tmp_path)


def test_bytes_before_between_and_behind_are_refused(packed, tmp_path):
    data = packed.read_bytes()
    records, _ = records_of(data)
    assert "something was put before it" in refused(b"#!/bin/sh\n" + data, tmp_path)
    assert "behind its end" in refused(data + b"x", tmp_path)
    assert "contradicts itself" in refused(data + data[-22:-1] + b"x", tmp_path)
    refused(data + data, tmp_path)
    assert "stands between" in refused(data[: records[0]] + b"hidden" + data[records[0] :], tmp_path)
    commented = patched(data, len(data) - 2, "<H", 5) + b"hello"
    assert "behind its end" in refused(commented, tmp_path)


def test_an_archive_cut_anywhere_is_refused(packed, tmp_path):
    data = packed.read_bytes()
    for length in [*range(0, len(data), 97), len(data) - 1]:
        assert refused(data[:length], tmp_path)


def test_a_changed_byte_anywhere_is_refused(packed, tmp_path):
    data = packed.read_bytes()
    path = tmp_path / "changed.asice"
    records, _ = records_of(data)
    for number, place in enumerate([*range(0, records[0], 211), *range(records[0], len(data))]):
        changed = bytearray(data)
        changed[place] ^= 1 << (number % 8)
        path.write_bytes(changed)
        with tempfile.TemporaryDirectory() as into, pytest.raises(AssayError):
            extract(path, Path(into))


def test_an_archive_put_together_again_after_a_change_is_read_and_found_not_intact(entries, tmp_path):
    changed = [(name, data.replace(b"700", b"900") if name.endswith(".csv") else data) for name, data in entries]
    (tmp_path / "forged.asice").write_bytes(zipped(changed))
    with opened(tmp_path / "forged.asice") as folder:
        assert "evidence/cells.csv" in {problem.file for problem in verify(folder).problems}


def test_an_archive_with_a_file_more_or_less_is_read_and_found_not_intact(entries, tmp_path):
    (tmp_path / "more.asice").write_bytes(zipped(with_entry(entries, "evidence/more.csv")))
    with opened(tmp_path / "more.asice") as folder:
        assert "evidence/more.csv" in {problem.file for problem in verify(folder).problems}
    (tmp_path / "less.asice").write_bytes(zipped([item for item in entries if item[0] != "gate.json"]))
    with opened(tmp_path / "less.asice") as folder:
        assert "gate.json" in {problem.file for problem in verify(folder).problems}


NAMES = st.from_regex(r"[A-Za-z0-9_]{1,6}(/[A-Za-z0-9_]{1,6}){0,2}", fullmatch=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.dictionaries(NAMES, st.binary(max_size=60), max_size=6))
def test_any_files_come_back_as_they_were_or_are_not_packed(contents, tmp_path):
    with tempfile.TemporaryDirectory(dir=tmp_path) as work:
        folder, target = Path(work) / "bundle", Path(work) / "x.asice"
        written = {"mimetype": layout.ASIC_E.encode(), "audit.json": b"{}"}
        folder.mkdir()
        for name, data in (contents | written).items():
            try:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
            except OSError:  # a folder and a file of one name
                continue
            written[name] = data
        try:
            pack(folder, target)
        except AssayError as error:
            lower = [name.lower() for name in written]
            assert "capitals" in error.what  # noqa: PT017
            assert len(set(lower)) < len(lower) or any(a.startswith(f"{b}/") for a in lower for b in lower)
            return
        assert target.read_bytes() == zipped(ordered(snapshot(folder)))
        with opened(target) as back:
            assert snapshot(back) == snapshot(folder)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_an_archive_is_refused_and_never_a_crash(data, packed, tmp_path):
    whole = packed.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 64))
    instead = data.draw(st.binary(max_size=64) | st.just(whole[-22:]) | st.just(whole[:64]))
    changed = whole[:start] + instead + whole[start + length :]
    if changed == whole:
        return
    (tmp_path / "x.asice").write_bytes(changed)
    with tempfile.TemporaryDirectory(dir=tmp_path) as into, pytest.raises(AssayError):
        extract(tmp_path / "x.asice", Path(into))


# A full disk

FULL = """
import resource, sys
from pathlib import Path
from assay.attest.archive import opened, pack, unpack
from assay.errors import AssayError
what, source, target = sys.argv[1:4]
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    if what == "pack":
        pack(Path(source), Path(target))
    elif what == "unpack":
        unpack(Path(source), Path(target))
    else:
        with opened(Path(source)):
            pass
except AssayError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("what", ["pack", "unpack", "open"])
def test_a_full_disk_is_an_error_that_leaves_nothing_behind(what, signed, packed, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "tmp").mkdir()
    source = signed if what == "pack" else packed
    command = [sys.executable, "-c", FULL, what, str(source), str(tmp_path / "out" / "target")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert answer.stdout.startswith("WriteError"), answer.stderr
    assert "File too large" in answer.stdout
    assert WriteError.kind == "failed"
    assert list(tmp_path.glob("*/*")) == []


def test_nowhere_to_unpack_is_an_error_and_not_a_bug(packed, tmp_path, monkeypatch):
    def nowhere(*_, **__):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "mkdtemp", nowhere)
    with pytest.raises(WriteError, match="no folder can be made"), opened(packed):
        pass


def test_a_file_that_changes_while_it_is_packed_is_noticed(bundle, tmp_path, monkeypatch):
    write = archive.render_header

    def changing(entry):
        if entry.name == "evidence/cells.csv":
            (bundle / entry.name).write_bytes(b"other")
        return write(entry)

    monkeypatch.setattr(archive, "render_header", changing)
    with pytest.raises(AssayError, match="changed while"):
        pack(bundle, tmp_path / "x.asice")
    assert not (tmp_path / "x.asice").exists()
