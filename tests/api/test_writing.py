"""Files are written whole, and what is no file is written to: a pipe, a device, a descriptor that is redirected."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

import pytest

from assay.api.writing import write_over
from assay.errors import WriteError

SAYS = "import sys; from assay.api.writing import write_over; print('said'); write_over(sys.argv[1], 'new\\n')"
OF_LINUX = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux has these names")


@pytest.mark.parametrize(
    "name", ["/dev/stdout", "/dev/fd/1", "/dev/../dev/stdout", pytest.param("/proc/self/fd/1", marks=OF_LINUX)]
)
def test_what_a_log_holds_stays_where_standard_output_is_appended_to_it(tmp_path, name):
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    with log.open("a") as appended:
        subprocess.run([sys.executable, "-c", SAYS, name], stdout=appended, check=True)
    assert log.read_text() == "before\nsaid\nnew\n"


@pytest.mark.parametrize(("name", "redirected"), [("/dev/stderr", "2>log.txt >&2"), ("/dev/fd/7", "7>log.txt >&7")])
def test_standard_error_and_any_other_descriptor_are_written_on_where_they_stand(tmp_path, name, redirected):
    command = f'{{ echo one; "$0" -c "$1" {name}; echo three; }} {redirected}'
    subprocess.run(["/bin/sh", "-c", command, sys.executable, SAYS], cwd=tmp_path, check=True)
    assert (tmp_path / "log.txt").read_text() == "one\nsaid\nnew\nthree\n"


@OF_LINUX
def test_a_link_below_dev_gives_way_and_the_file_that_it_leads_to_stays_as_it_is():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        other, link = Path(folder, "other"), Path(folder, "out.xml")
        other.write_text("of somebody else")
        link.symlink_to(other)
        write_over(link, "new")
        assert (other.read_text(), link.read_text(), link.is_symlink()) == ("of somebody else", "new", False)


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_and_a_link_to_one_stay_what_they_are(tmp_path, linked):
    pipe = target = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        target = tmp_path / "link"
        target.symlink_to(pipe)
    read = []
    reader = Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_over(target, "new")
    reader.join(10)
    assert (read, pipe.is_fifo(), target.is_symlink()) == (["new"], True, linked)


def test_a_device_stays_a_device(tmp_path):
    write_over("/dev/null", "new")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["/dev/fd/987654", "/dev/fd/99999999999999999999"])
def test_a_descriptor_that_is_not_open_cannot_be_written(name):
    with pytest.raises(WriteError, match="cannot be written"):
        write_over(name, "new")


def test_a_file_is_replaced_and_one_opened_before_still_shows_the_old_text(tmp_path):
    target = tmp_path / "a.xml"
    target.write_text("old")
    with target.open() as before:
        write_over(target, "new")
        assert (before.read(), target.read_text()) == ("old", "new")
    assert list(tmp_path.iterdir()) == [target]
