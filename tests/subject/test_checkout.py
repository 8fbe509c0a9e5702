"""Git is read by hand: real repositories, made with git, and hostile ones."""

import os
import random
import subprocess

import pytest

from assay.subject import checkout
from assay.subject.checkout import find_checkout, without_credentials


@pytest.fixture
def repo(tmp_path):
    folder = tmp_path / "repo"
    (folder / "inner").mkdir(parents=True)
    (folder / "train.py").write_text("print(1)\n")
    (folder / "inner" / "notes.md").write_text("# Notes\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def git(folder, *arguments):
    person = ["-c", "user.name=T", "-c", "user.email=t@bank.example", "-c", "commit.gpgsign=false"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *person, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def test_the_commit_is_the_one_that_git_names(repo):
    found = find_checkout(repo / "inner")
    assert found.commit == git(repo, "rev-parse", "HEAD")
    assert found.dirty is False
    assert found.repo is None


def test_a_changed_file_is_dirty_even_where_its_size_and_time_are_kept(repo):
    before = (repo / "train.py").stat()
    (repo / "train.py").write_text("print(2)\n")
    assert find_checkout(repo).dirty is True
    (repo / "train.py").write_text("print(1)\n")
    assert find_checkout(repo).dirty is False, "the content is that of the commit"
    (repo / "train.py").write_text("print(3)\n")
    os.utime(repo / "train.py", ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert find_checkout(repo).dirty is True


@pytest.mark.parametrize("change", ["delete", "mode", "link"])
def test_what_is_gone_or_another_kind_of_file_is_dirty(repo, change):
    file = repo / "train.py"
    if change == "delete":
        file.unlink()
    elif change == "mode":
        file.chmod(0o755)
    else:
        file.unlink()
        file.symlink_to("inner/notes.md")
    assert find_checkout(repo).dirty is True


def test_what_is_staged_and_not_committed_is_never_called_clean(repo):
    (repo / "train.py").write_text("print(2)\n")
    git(repo, "add", "train.py")
    assert find_checkout(repo).dirty is not False
    git(repo, "write-tree")
    git(repo, "commit", "-q", "-m", "second")
    assert find_checkout(repo).dirty is False


def test_a_file_that_git_does_not_track_leaves_it_clean(repo):
    (repo / "model.yaml").write_text("new\n")
    assert find_checkout(repo).dirty is False


def test_packed_objects_and_packed_refs_are_read(repo):
    git(repo, "tag", "v1")
    git(repo, "gc", "-q")
    assert not list((repo / ".git" / "refs" / "heads").iterdir())
    found = find_checkout(repo)
    assert (found.commit, found.dirty) == (git(repo, "rev-parse", "HEAD"), False)


def test_a_worktree_knows_its_own_commit(repo, tmp_path):
    git(repo, "remote", "add", "origin", "git@code.example:risk/model.git")
    git(repo, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "tree" / "train.py").write_text("print(9)\n")
    git(tmp_path / "tree", "commit", "-q", "-am", "in the worktree")
    found = find_checkout(tmp_path / "tree")
    assert found.commit == git(tmp_path / "tree", "rev-parse", "HEAD") != git(repo, "rev-parse", "HEAD")
    assert (found.repo, found.dirty) == ("code.example:risk/model.git", False)


def test_a_detached_head_is_a_commit(repo):
    git(repo, "checkout", "-q", "--detach")
    assert find_checkout(repo).commit == git(repo, "rev-parse", "HEAD")


def test_no_checkout_and_no_commit_are_nothing(tmp_path):
    assert find_checkout(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert find_checkout(tmp_path) is None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://jo:s3cret@code.example/risk/model.git", "https://code.example/risk/model.git"),
        ("https://ghp_token@code.example:8443/m.git?token=1#x", "https://code.example:8443/m.git"),
        ("git@code.example:risk/model.git", "code.example:risk/model.git"),
        ("ssh://git@code.example/risk/model", "ssh://code.example/risk/model"),
        ("/home/jo/model", None),
        ("../model", None),
        ("file:///home/jo/model", None),
        ("C:/models/m", None),
        ("https://[bad", None),
    ],
)
def test_no_password_and_no_path_of_this_machine_leaves_a_remote(address, told):
    assert without_credentials(address) == told


def test_the_programs_that_a_hostile_configuration_names_are_never_run(repo, tmp_path):
    mark = tmp_path / "ran"
    config = repo / ".git" / "config"
    program = f"touch {mark}"
    config.write_text(
        config.read_text() + f'[core]\n\tfsmonitor = "{program}"\n\tpager = "{program}"\n\tsshCommand = "{program}"\n'
        f'[filter "x"]\n\tclean = "{program}"\n\tsmudge = "{program}"\n'
    )
    (repo / ".gitattributes").write_text("* filter=x\n")
    (repo / "train.py").write_text("print(5)\n")
    assert find_checkout(repo).dirty is True
    assert not mark.exists()


@pytest.mark.parametrize(
    "head", ["ref: ../../../etc/passwd\n", "ref: refs/heads/../../../secret\n", "ref: refs/heads/main", "", "x" * 99]
)
def test_a_head_that_leads_nowhere_is_no_commit(repo, head):
    (repo / ".git" / "HEAD").write_text(head)
    (repo / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/main\n")
    assert find_checkout(repo) is None


@pytest.mark.parametrize("cut", [4, 11, 40, 80, 130])
def test_a_cut_index_is_not_known_and_no_traceback(repo, cut):
    index = repo / ".git" / "index"
    index.write_bytes(index.read_bytes()[:cut])
    assert find_checkout(repo).dirty is None


def test_a_pack_that_is_a_pipe_or_cut_short_is_not_known(repo):
    git(repo, "gc", "-q")
    (index,) = (repo / ".git" / "objects" / "pack").glob("*.idx")
    content = index.read_bytes()
    for length in (0, 7, 500, 1032, 1040, len(content) // 2):
        index.chmod(0o644)
        index.write_bytes(content[:length])
        assert find_checkout(repo).dirty is None, length
    index.unlink()
    os.mkfifo(index)
    assert find_checkout(repo).dirty is None


def test_a_pack_whose_bytes_were_changed_is_never_a_traceback(repo):
    git(repo, "gc", "-q")
    folder = repo / ".git" / "objects" / "pack"
    files = [repo / ".git" / "index", *folder.glob("*.idx"), *folder.glob("*.pack")]
    seeded = random.Random(1)
    for file in files * 100:
        before = file.read_bytes()
        changed = bytearray(before)
        for _ in range(seeded.randrange(1, 8)):
            changed[seeded.randrange(len(changed))] = seeded.randrange(256)
        file.chmod(0o644)
        file.write_bytes(changed[: seeded.choice([len(changed), seeded.randrange(len(changed))])])
        assert find_checkout(repo).dirty in (True, False, None)
        file.write_bytes(before)
    assert find_checkout(repo).dirty is False


def test_more_than_can_be_hashed_is_not_known(repo, monkeypatch):
    os.utime(repo / "train.py", (1, 1))
    assert find_checkout(repo).dirty is False
    monkeypatch.setattr(checkout, "MOST_BYTES", 5)
    assert find_checkout(repo).dirty is None


def test_a_pipe_instead_of_a_file_of_git_is_not_read(repo):
    (repo / ".git" / "index").unlink()
    os.mkfifo(repo / ".git" / "index")
    assert find_checkout(repo).dirty is None
