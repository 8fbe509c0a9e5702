"""`assay verify`: of a folder, an archive and a PDF alone; what is said of each, and that nothing of it is obeyed."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import assay
from assay.cli.main import main
from auditing import write_csv

pytestmark = pytest.mark.campaign

PEOPLE = [(g, d, y) for g in ("f", "m") for d, y in (("yes", 1), ("no", 0)) for _ in range(500)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A signed audit, its archive and its report alone, and trust files; no test changes them."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "people.csv", ("sex", "decision", "repaid"), PEOPLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main(["keygen", "demo"])
        short = ["--label", "repaid=1", "--decision", "decision=yes", "--groups", "sex", "--stage", "development"]
        assert main(["audit", "people.csv", *short, "--out", "out", "--sign", "demo/signer.pem"]) == 0
    (bundle,) = (folder / "out").glob("*/*")
    bundle.rename(folder / "bundle")
    shutil.copy(folder / "bundle" / "report.pdf", folder / "alone.pdf")
    assert main(["archive", "pack", str(folder / "bundle"), "--out", str(folder / "bundle.asice")]) == 0
    (folder / "demo.yaml").write_text("assay: trust/v1\nroots: [demo/root.pem]\n")
    main(["keygen", str(folder / "other")])
    (folder / "other.yaml").write_text("assay: trust/v1\nroots: [other/root.pem]\n")
    return folder


FORMS = ["bundle", "bundle.asice", "alone.pdf"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_intact_and_nobody_is_said_to_be_trusted_without_a_trust_file(home, form, capsys):
    capsys.readouterr()
    assert main(["verify", str(home / form)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "INTACT, SIGNER NOT TRUSTED: no trust file was given"
    assert "  gate open at stage development (exit code 0)" in lines
    assert "  trust not checked: no --trust given; intact does not mean trusted" in lines
    assert "  revocation not checked" in lines


def test_a_signer_whom_the_trust_file_does_not_know_is_not_trusted(home, capsys):
    capsys.readouterr()
    assert main(["verify", str(home / "bundle.asice"), "--trust", str(home / "other.yaml")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "INTACT, SIGNER NOT TRUSTED"
    assert lines[1].startswith("  not trusted: signature 1")
    assert not any("VALID" in line for line in lines)


@pytest.mark.parametrize("form", FORMS)
def test_json_says_everything_with_the_same_keys_for_every_form(home, form, capsys):
    capsys.readouterr()
    assert main(["verify", str(home / form), "--json", "--trust", str(home / "demo.yaml")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [
        "assay", "path", "intact", "trusted", "verdict", "problems", "doubts", "unevaluated", "statements",
        "audit", "audit_digest", "signatures", "timestamps", "gate",
    ]  # fmt: skip
    assert (found["assay"], found["path"]) == ("verification/v1", str(home / form))
    assert (found["intact"], found["trusted"], found["problems"], found["doubts"]) == (True, True, [], [])
    assert found["verdict"] == "INTACT AND TRUSTED"
    record = (home / "bundle" / "audit.json").read_bytes()
    assert found["audit"] == json.loads(record)["id"]
    (signature,) = found["signatures"]
    assert list(signature) == [
        "number", "meaning", "name", "certificate", "public_key", "claimed", "proven", "trusted", "person", "why",
        "issuer", "valid_from", "valid_to", "self_made", "demo", "storage", "note",
    ]  # fmt: skip
    assert (signature["meaning"], signature["demo"], signature["trusted"]) == ("author", True, True)
    assert signature["storage"] == (None if form == "alone.pdf" else "file")
    assert set(found["gate"]) == {"state", "exit_code", "stage", "at", "made", "as_of", "why"}
    assert (found["gate"]["state"], found["gate"]["exit_code"]) == ("open", 0)


def test_problems_come_first_and_are_in_the_json_too(home, tmp_path, capsys):
    bundle = shutil.copytree(home / "bundle", tmp_path / "bundle")
    (bundle / "evidence" / "more.csv").write_bytes(b"")
    capsys.readouterr()
    assert main(["verify", str(bundle)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("evidence/more.csv: was added after signing")
    assert "NOT INTACT" in lines
    assert main(["verify", str(bundle), "--json", "--trust", str(home / "demo.yaml")]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["intact"], found["trusted"], found["verdict"]) == (False, False, "NOT INTACT")
    assert found["problems"][0]["file"] == "evidence/more.csv"


def test_a_hostile_name_cannot_move_the_cursor_of_a_terminal(home, tmp_path, capsys):
    bundle = shutil.copytree(home / "bundle", tmp_path / "bundle")
    (bundle / "\x1b[2Jgone").write_bytes(b"")
    for form in ([], ["--json"]):
        assert main(["verify", str(bundle), *form]) == 1
        assert "\x1b" not in capsys.readouterr().out


def test_what_cannot_be_read_is_told_apart_from_what_is_not_intact(home, tmp_path, capsys):
    (tmp_path / "cut.asice").write_bytes((home / "bundle.asice").read_bytes()[:-1])
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name in ("cut.asice", "empty.pdf", "folder", "missing"):
        assert main(["verify", str(tmp_path / name), "--json"]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert name in told.err
        assert "Traceback" not in told.err


def test_an_archive_that_is_no_bundle_is_named_and_not_the_private_folder(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "empty.asice", "w") as file:
        info = zipfile.ZipInfo("mimetype", (1980, 1, 1, 0, 0, 0))
        info.create_system, info.external_attr = 3, 0o100644 << 16
        file.writestr(info, "application/vnd.etsi.asic-e+zip")
    assert main(["verify", str(tmp_path / "empty.asice")]) == 2
    told = capsys.readouterr().err
    assert f"{tmp_path / 'empty.asice'}: is not a bundle" in told


def test_a_report_alone_has_nothing_to_compute_from(home, capsys):
    assert main(["verify", str(home / "alone.pdf"), "--recompute"]) == 2
    assert "no evidence" in capsys.readouterr().err


@pytest.mark.parametrize("build", [None, "sha256:" + "0" * 64, ""], ids=["this build", "another build", "no build"])
def test_a_shipped_check_that_is_not_computed_again_for_its_version_is_no_yes(home, tmp_path, capsys, build):
    """Else whoever signs could leave out of --recompute what they forged, by naming another version of its check."""
    from api.test_verifying import signed_again

    def of_version_99(tree):
        finding = next(one for one in tree["findings"] if one["measured"]["estimates"])
        finding["check"]["version"] = 99
        return tree

    signer = assay.load_signer(home / "demo" / "signer.pem")
    made = signed_again(home / "bundle", signer, tmp_path / "b", made_by=build, change=of_version_99)
    capsys.readouterr()
    assert main(["verify", str(made)]) == 0
    assert "NOT EVALUATED" not in capsys.readouterr().out
    trusted = ["verify", str(made), "--recompute", "--trust", str(home / "demo.yaml")]
    code = main(trusted)
    lines = capsys.readouterr().out.splitlines()
    if build is None:
        assert (code, lines[0]) == (1, next(line for line in lines if "and this is the assay that the record" in line))
        return
    assert code == 3
    told = "not computed again, since the check that the record names is another one here, or none: "
    assert lines[0] == "INTACT AND TRUSTED"
    assert lines[1].startswith(f"NOT EVALUATED: {told}")
    assert main([*trusted, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["unevaluated"].startswith(told)


def test_everything_computed_again_is_evaluated(home, capsys):
    assert main(["verify", str(home / "bundle"), "--recompute"]) == 0
    assert "NOT EVALUATED" not in capsys.readouterr().out


# A hostile bundle: no code of it runs, and nothing outside it is read

TRAPS = ["json.py", "zlib.py", "pikepdf.py", "sitecustomize.py", "assay/__init__.py", "conftest.py", "policy/json.py"]


@pytest.fixture
def hostile(home, tmp_path):
    """An archive with modules that Python would run, were it to look for modules there, and names that lead out."""
    bundle = shutil.copytree(home / "bundle", tmp_path / "bundle")
    for name in TRAPS:
        (bundle / name).parent.mkdir(exist_ok=True)
        (bundle / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    record = json.loads((bundle / "audit.json").read_bytes())
    record["evidence"][0]["path"] = "../../../../../../etc/passwd"
    (bundle / "audit.json").write_text(json.dumps(record))
    (bundle / "report.html").write_text('<img src="file:///etc/hostname"><script src="http://127.0.0.1:9/"></script>')
    (bundle / "policy" / "waivers").mkdir(exist_ok=True)
    (bundle / "policy" / "waivers" / "01.yaml").write_text("!!python/object/apply:os.system ['touch ran']\n")
    for path in bundle.rglob("*"):
        path.chmod(0o755)
    assert main(["archive", "pack", str(bundle), "--out", str(tmp_path / "hostile.asice")]) == 0
    return tmp_path / "hostile.asice", bundle


def allowed(*own):
    """Folders whose files may be opened: the installation, the system's libraries, and what is being verified."""
    system = ["/usr", "/lib", "/lib64", "/proc", "/sys", "/dev", "/etc/ssl"]
    system += ["/etc/ld.so.cache", "/etc/localtime", "/etc/locale.alias"]
    here = [sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"], str(Path(assay.__file__).parents[2])]
    return [os.path.realpath(one) for one in (*system, *here, *map(str, own))]


def outside(paths, *own):
    known = allowed(*own)
    found = (os.path.realpath(path) for path in paths)
    return sorted({path for path in found if not any(path == one or path.startswith(one + "/") for one in known)})


WATCHING = """
import os, sys
log = open(sys.argv[1], "w")
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.fsdecode(arguments[0])
        within = arguments[1] is None and not os.path.isabs(path)  # of an open folder: the private one is removed
        if not within:
            print("open", os.path.abspath(path), file=log, flush=True)
    elif event == "subprocess.Popen":
        print("run", *arguments[1], file=log, flush=True)
    elif event.startswith(("socket.", "os.exec", "os.system", "os.spawn", "os.fork")):
        print("other", event, file=log, flush=True)
sys.addaudithook(watch)
from assay.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("signed_anew", [False, True])
def test_a_hostile_archive_runs_nothing_and_opens_nothing_outside(home, hostile, tmp_path, signed_anew):
    archive, bundle = (home / "bundle.asice", home / "bundle") if signed_anew else hostile
    private = tmp_path / "private"
    private.mkdir()
    log = tmp_path / "log"
    command = [sys.executable, "-P", "-c", WATCHING, str(log), "verify", str(archive)]
    environment = {**os.environ, "TMPDIR": str(private)}
    answer = subprocess.run(command, cwd=bundle, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == (0 if signed_anew else 1), answer.stderr
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()]
    assert outside([rest for kind, rest in lines if kind == "open"], archive, private) == []
    runs = [rest for kind, rest in lines if kind == "run"]
    assert runs
    assert all(run == f"{sys.executable} -P -m assay.attest.pdf.inspection" for run in runs)
    assert [rest for kind, rest in lines if kind == "other"] == []
    assert list(private.iterdir()) == []
    assert not (tmp_path / "ran").exists()


def test_the_system_sees_no_file_opened_outside_and_no_other_program(hostile, tmp_path):
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode:
        if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
            pytest.fail("strace does not work here, and ASSAY_REQUIRE_TOOLS=1 demands it")
        pytest.skip("strace does not work here: the system cannot be asked")
    archive, bundle = hostile
    private, log = tmp_path / "private", tmp_path / "log"
    private.mkdir()
    calls = "trace=open,openat,execve,connect,socket"
    command = [strace, "-f", "-qq", "-e", calls, "-o", str(log), sys.executable, "-P", "-m", "assay.cli.main"]
    environment = {**os.environ, "TMPDIR": str(private)}
    subprocess.run(
        [*command, "verify", str(archive)], cwd=bundle, env=environment, capture_output=True, check=False, timeout=300
    )
    text = log.read_text(errors="replace")
    opened = re.findall(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]*)".*\) = \d', text)
    assert len(opened) > 100
    assert outside([os.path.join(bundle, path) for path in opened], archive, private) == []
    programs = re.findall(r'execve\("([^"]*)".*\) = 0', text)
    assert set(map(os.path.realpath, programs)) == {os.path.realpath(sys.executable)}
    assert not re.search(r"(?:socket|connect)\((?!AF_UNIX|\d+, \{sa_family=AF_UNIX)", text)
    assert not (tmp_path / "ran").exists()
