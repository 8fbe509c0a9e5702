"""Models that mean harm: real pickles, in the real process. Whatever they try, it does not work and is told."""

import inspect
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import joblib
import numpy as np
import pytest

from assay.engines.options import EngineOptions
from assay.errors import DataError
from assay.subject.confinement import landlock
from assay.subject.confinement.calls import MACHINES
from assay.subject.confinement.seccomp import program
from assay.subject.confinement.system import machine
from assay.subject.inputs import Input
from assay.subject.model import ModelSession
from assay.subject.paths import digest
from assay.subject.scorer import ModelFailure
from auditing import DECIDED, control, evaluate, finding_of, people, write_csv
from subjects import subject

pytestmark = pytest.mark.campaign

INPUTS = (Input("a", np.array([0.0, 1.0])),)
NOTHING = frozenset()
PYTHON_ONLY = frozenset({"namespaces", "landlock", "seccomp"})
NOT_KEPT = "by Python only (audit hook), not kept against code that tries"
walled = pytest.mark.skipif(not machine() or not landlock.version(), reason="this kernel has not all walls")


class Code:
    """A pickle of it runs the code when it is loaded."""

    def __init__(self, code: str) -> None:
        self.code = textwrap.dedent(code)

    def __reduce__(self):
        return exec, (self.code, {})


def artefact_of(folder: Path, code: str) -> dict:
    joblib.dump(Code(code), folder / "model.joblib")
    return {"path": "model.joblib", "format": "joblib", "digest": digest(folder / "model.joblib")}


def hostile(folder: Path, code: str, **options) -> ModelSession:
    identity = {"id": "m", "name": "M", "version": "1", "artefact": artefact_of(folder, code)}
    made = subject(folder, identity=identity, needs_model=True, trust_model=True)
    return ModelSession(made, **{"seconds": 60.0, **options})


def told(folder: Path, code: str, **options) -> str:
    """What the model's failure says. Its process and its files are gone afterwards."""
    with hostile(folder, code, **options) as opened:
        with pytest.raises(ModelFailure) as failure:
            opened.score(INPUTS, 1)
        began = time.monotonic()
        with pytest.raises(ModelFailure):
            opened.score(INPUTS, 1)
        if "ended" in failure.value.what:
            assert time.monotonic() - began < 5, "a dead model is waited for"
        pid, files = opened._process.pid, Path(opened._process._folder.name)
    assert not files.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    return failure.value.what


TRY = """
import ctypes, os
done, refused = [], []
libc = ctypes.CDLL(None, use_errno=True)

def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")

def attempt(name, what):
    try:
        what()
        done.append(name)
    except (OSError, KeyError) as error:
        refused.append(name)
"""
TOLD = """
raise RuntimeError(f"done: {done}; refused: {len(refused)}")
"""


def attempts(**more: str) -> str:
    """Code that tries each and raises which of them worked."""
    tried = "".join(f"attempt({name!r}, lambda: {what})\n" for name, what in more.items())
    return TRY + tried + TOLD


FILES = {
    "read_key": "open({home!r} + '/.ssh/id').read()",
    "read_data": "open({folder!r} + '/data.csv').read()",
    "read_manifest": "open({folder!r} + '/model.yaml').read()",
    "list_folder": "os.listdir({folder!r})",
    "read_users": "open('/etc/passwd').read()",
    "read_parent": "open(f'/proc/{{os.getppid()}}/environ').read()",
    "write_parent": "open(f'/proc/{{os.getppid()}}/mem', 'r+b')",
    "through_parent": "open(f'/proc/{{os.getppid()}}/cwd/' + 'x', 'w')",
    "write_outside": "open({home!r} + '/new', 'w')",
    "write_given": "open(os.getcwd() + '/../given/1.npy.0', 'w')",
    "overwrite": "open({home!r} + '/.ssh/id', 'w')",
    "remove": "os.remove({home!r} + '/.ssh/id')",
    "rename": "os.rename({home!r} + '/.ssh/id', 'mine')",
    "up": "open(os.path.relpath({folder!r} + '/data.csv')).read()",
    "up_from_open_folder": "os.open('../../etc/passwd', os.O_RDONLY, dir_fd=os.open('/usr/lib', os.O_RDONLY))",
    "make_in_open_folder": "os.mkdir('new', dir_fd=os.open(os.getcwd() + '/../given', os.O_RDONLY))",
    "change_what_is_asked": "(setattr(os.path, 'realpath', lambda path: os.getcwd()), "
    "setattr(os, 'fsdecode', lambda path: os.getcwd()), open({home!r} + '/.ssh/id').read())",
    "chmod": "os.chmod({home!r} + '/.ssh/id', 0o777)",
    "times": "os.utime({home!r} + '/.ssh/id', (0, 0))",
    "link": "os.link({home!r} + '/.ssh/id', 'mine')",
    "secret": "os.environ['ASSAY_TEST_SECRET']",
}
NETWORK = {
    "tcp": "__import__('socket').create_connection(('127.0.0.1', {port}), 2)",
    "unix": "__import__('socket').socket(__import__('socket').AF_UNIX).connect({unix!r})",
    "udp": "__import__('socket').socket(type=2).sendto(b'x', ('127.0.0.1', {port}))",
}
PROCESSES = {
    "fork": "os.fork() or os._exit(0)",
    "bomb": "[os.fork() or os.execv('/bin/sleep', ['sleep', '60']) for _ in range(200)]",
    "popen": "__import__('subprocess').run(['/bin/touch', {home!r} + '/new'])",
    "kill_parent": "os.kill(os.getppid(), 9)",
}
KERNEL = {
    "native_fork": "call(57) if os.uname().machine == 'x86_64' else call(220, 17, 0, 0, 0, 0)",
    "clone": "call({clone}, 17, 0, 0, 0, 0)",
    "exec": "os.execv('/bin/true', ['true'])",
    "kill_all": "os.kill(-1, 0)",
    "kill_group": "os.kill(0, 0)",
    "owner_of_signals": "__import__('fcntl').fcntl(3, 8, os.getppid())",
    "limit_of_parent": "__import__('resource').prlimit(os.getppid(), 0, (1, 1))",
    "memory_of_parent": "call({readv}, os.getppid(), None, 0, None, 0, 0)",
    "trace": "call({ptrace}, 16, os.getppid(), 0, 0)",
    "outlive_parent": "libc.prctl(1, 0, 0, 0, 0) == 0 or os.open('/', 1)",
    "io_uring": "call(425, 8, None)",
    "namespace": "call({unshare}, 0x10000000)",
    "shared_memory": "call({shmget}, 1, 4096, 0o1600)",
    "memory_without_file": "__import__('mmap').mmap(-1, 4096)",
    "file_without_path": "os.memfd_create('x')",
    "hide_from_parent": "libc.prctl(4, 0, 0, 0, 0) == 0 or os.open('/', 1)",
    "pair": "__import__('socket').socketpair()",
    "symbolic_link": "os.symlink('/etc', 'here')",
    "pipe": "os.mkfifo('pipe')",
}
X86 = machine() == "x86_64"
NUMBERS = dict(zip(
    ("clone", "readv", "ptrace", "unshare", "shmget"),
    (56, 310, 101, 272, 29) if X86 else (220, 270, 117, 97, 194),
    strict=True,
))  # fmt: skip


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """A home with a key, a folder with a manifest and data, a listener that counts who came."""
    home, folder = tmp_path / "home", tmp_path / "audit"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("the key")
    folder.mkdir()
    (folder / "data.csv").write_text("a\n1\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ASSAY_TEST_SECRET", "x")
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as local:
        listener.setblocking(False)
        local.setblocking(False)
        local.bind(str(tmp_path / "s"))
        local.listen()
        values = {"port": listener.getsockname()[1], "unix": str(tmp_path / "s"), **NUMBERS}
        yield folder, {"home": str(home), "folder": str(folder), **values}
        for nobody in (listener, local):
            with pytest.raises(BlockingIOError):
                nobody.accept()
    assert (home / ".ssh" / "id").read_text() == "the key"
    assert (home / ".ssh" / "id").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in home.rglob("*")) == [".ssh", "id"]
    assert sorted(path.name for path in folder.iterdir()) == ["data.csv", "model.joblib", "model.yaml"]


@walled
@pytest.mark.parametrize(("without", "tried"), [
    (NOTHING, {**FILES, **NETWORK, **PROCESSES, **KERNEL}),
    ({"namespaces"}, {**FILES, **NETWORK, **PROCESSES, **KERNEL}),
    ({"landlock"}, {**FILES, **NETWORK, **PROCESSES, **KERNEL}),
    ({"seccomp"}, {name: what for name, what in (FILES | NETWORK | PROCESSES).items()
                   if name not in ("chmod", "times", "link")}),
    (PYTHON_ONLY, {**FILES, **NETWORK, **PROCESSES}),
], ids=["all", "no namespaces", "no landlock", "no seccomp", "python only"])  # fmt: skip
def test_no_file_no_network_no_process_no_signal_whichever_walls_the_system_has(surroundings, without, tried):
    folder, values = surroundings
    code = attempts(**{name: what.format(**values) for name, what in tried.items()})
    assert told(folder, code, without=without).endswith(f"done: []; refused: {len(tried)}")


@walled
@pytest.mark.parametrize(("without", "network", "files", "processes"), [
    (NOTHING, "network namespace", "Landlock", "seccomp"),
    ({"namespaces"}, "by seccomp", "Landlock", "seccomp"),
    (PYTHON_ONLY, NOT_KEPT, NOT_KEPT, NOT_KEPT),
])  # fmt: skip
def test_the_record_says_which_walls_held(tmp_path, without, network, files, processes):
    with hostile(tmp_path, "", without=without, memory=10**9) as opened:
        held = opened.confinement
    assert held is not None
    assert network in held.network
    assert files in held.files
    assert processes in held.processes
    assert held.memory == "at most 1,000 MB"


@pytest.mark.parametrize("place", MACHINES)
def test_the_filter_of_either_machine_is_one_that_the_kernel_takes(place):
    made = program(place, 4242)
    assert 100 < len(made) < 4096
    assert all(0 <= jump < 256 for _, yes, no, _ in made for jump in (yes, no))
    assert made[-1] == (0x06, 0, 0, 0x7FFF0000)


def test_an_allocation_beyond_the_limit_is_an_error_of_the_model(tmp_path):
    assert told(tmp_path, "b'x' * 10**10", memory=10**9).endswith("needs more memory than it may have")


@walled
def test_memory_that_no_limit_of_the_kernel_counts_is_seen_by_the_parent(tmp_path):
    code = """
    import mmap
    held = []
    while True:
        held.append(mmap.mmap(-1, 10**7))
        held[-1].write(b"x" * 10**7)
        held[-1].madvise(mmap.MADV_DONTNEED)  # out of its sight, and still there
    """
    ended = told(tmp_path, code, memory=4 * 10**8, without={"seccomp"})
    assert ended.endswith("took more than 400 MB of memory and was ended")


@walled
@pytest.mark.parametrize("name", ["x", "x\u2028y z"])
def test_a_mapped_file_without_a_name_is_seen_by_the_parent(tmp_path, name):
    code = f"""
    import mmap, os, time
    file = os.open({name!r}, os.O_RDWR | os.O_CREAT)
    os.truncate(file, 10**6)
    held = mmap.mmap(file, 10**6)
    os.close(file)
    time.sleep(0.5)
    os.remove({name!r})
    time.sleep(60)
    """
    assert told(tmp_path, code).endswith("mapped a file after its name was removed and was ended")


def test_an_endless_loop_is_ended(tmp_path):
    assert told(tmp_path, "while True: pass", seconds=6.0).endswith("took longer than 6 s and was ended")


@pytest.mark.parametrize(("code", "how"), [
    ("import os; os._exit(0)", "ended with code 0"),
    ("raise SystemExit(7)", "ended with code 7"),
    ("import ctypes; ctypes.string_at(0)", f"ended by signal {signal.SIGSEGV.value}"),
    ("import os, sys; print('last words', file=sys.stderr, flush=True); os.abort()",
     f"ended by signal {signal.SIGABRT.value}; its last words: last words"),
    ("import os, time; os.write(4, b'[' * 10**5 + b'\\n'); time.sleep(60)", "no answer that can be read and was ended"),
    ("import os\nwhile True: os.write(4, b'{}\\n')", "gave no a"),
    ("import os; os.write(4, b'{\"error\": [1]}\\n'); os._exit(0)", "the model failed"),
])  # fmt: skip
def test_a_model_that_ends_its_process_or_talks_nonsense_is_told_as_such(tmp_path, code, how):
    assert how in told(tmp_path, code)


def test_gigabytes_of_prints_fill_neither_memory_nor_disk(tmp_path):
    code = """
    import os
    for _ in range(32768):
        os.write(1, b"x" * 65535 + b"\\n")
    print("at last", flush=True)
    os._exit(3)
    """
    assert told(tmp_path, code).endswith("ended with code 3; its last words: at last")


def test_files_fill_no_disk_and_are_gone_afterwards_however_deep_they_lie(tmp_path):
    code = attempts(one="os.truncate(os.open('large', 66), 2 * 10**9)")
    assert told(tmp_path, code).endswith("done: []; refused: 1")
    many = "import os\nfor i in range(10**6): open(str(i), 'w').close()"
    assert told(tmp_path, many).endswith("wrote more than 10,000 files and was ended")
    deep = """
    import os
    for _ in range(1500):
        os.mkdir("deep")
        os.chdir("deep")
    os._exit(0)
    """
    assert "ended" in told(tmp_path, deep)


def test_a_child_left_behind_is_ended_even_where_the_kernel_refuses_none(tmp_path):
    code = """
    import ctypes, os, time
    if ctypes.CDLL(None).fork() == 0:
        time.sleep(600)
    os._exit(0)
    """
    mark = f"assay-test-{os.getpid()}"
    assert "ended with code 0" in told(tmp_path, f"# {mark}\n{textwrap.dedent(code)}", without=PYTHON_ONLY)
    left = subprocess.run(["ps", "-eo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in left.splitlines() if "assay.subject.worker" in line and line.split()[1] == "1"]


WICKED = """
import os
import numpy as np


class Model:
    classes_ = np.array([0, 1])

    def predict_proba(self, frame):
        os._exit(9)
"""


def test_the_controls_that_need_no_model_are_decided_and_those_that_do_are_errors(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    (site / "wicked.py").write_text(WICKED)
    monkeypatch.setenv("PYTHONPATH", str(site))
    make = "import joblib, wicked; joblib.dump(wicked.Model(), 'model.joblib')"
    subprocess.run([sys.executable, "-c", make], cwd=tmp_path, check=True)
    header = ("group", "decision", "label", "a")
    rows = people(*[(g, d, d == "yes", 1.0, 500) for g in "ab" for d in ("yes", "no")], header=header)
    data = write_csv(tmp_path / "d.csv", *rows)
    (tmp_path / "card.md").write_text("# Card\n\n" + "word " * 50)
    columns = {
        **DECIDED,
        "label": {"column": "label", "favourable": True},
        "score": {"from": "model", "kind": "probability", "of": 1},
    }
    artefact = {"path": "model.joblib", "format": "joblib", "digest": digest(tmp_path / "model.joblib")}
    manifest = {
        "identity": {"id": "m", "name": "M", "version": "1", "artefact": artefact},
        "features": [{"name": "a", "dtype": "number"}],
        "docs": {"sections": {"business_context": {"path": "card.md"}}},
    }
    house = {"equals": 1, "source": "house"}
    result = evaluate(
        tmp_path,
        data,
        columns,
        control("FAIR"),
        control("DOC", check="governance.documents", criterion=house, **{"with": {"sections": ["business_context"]}}),
        control("AUC", check="performance.auc", criterion={"at_least": 0.5, "source": "convention"}),
        control("AGAIN", check="performance.auc", criterion={"at_least": 0.6, "source": "convention"}),
        manifest=manifest,
        trust_model=True,
        engine=EngineOptions(model_seconds=60.0),
    )
    outcomes = {finding.control: finding.outcome for finding in result.audit.findings}
    assert outcomes == {"FAIR": "pass", "DOC": "pass", "AUC": "error", "AGAIN": "error"}
    assert "model.joblib: the model's process ended with code 9" in finding_of(result, "AUC").sentence
    assert "Traceback" not in finding_of(result, "AUC").error
    assert result.gate.exit_code == 3
    assert result.audit.confinement is not None


def test_what_the_manifest_says_wrongly_is_no_failure_of_the_model(tmp_path):
    with hostile(tmp_path, "import no_such_module_of_anybody") as opened, pytest.raises(DataError) as error:
        opened.score(INPUTS, 1)
    assert not isinstance(error.value, ModelFailure)
    assert "PYTHONPATH" in error.value.hint


def native():
    """What real models do in native code and with threads."""
    import threading

    import lightgbm
    import numpy as np
    import onnx
    import onnxruntime
    import xgboost
    from numba import njit
    from sklearn.ensemble import RandomForestClassifier

    x, y = np.random.default_rng(1).normal(size=(200, 3)), np.arange(200) % 2
    made = []
    threads = [threading.Thread(target=made.append, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8

    @njit
    def total(values):
        whole = 0.0
        for value in values:
            whole += value
        return whole

    assert abs(total(x[:, 0]) - x[:, 0].sum()) < 1e-9
    for model in (
        RandomForestClassifier(5, n_jobs=2),
        xgboost.XGBClassifier(n_estimators=3, n_jobs=2),
        lightgbm.LGBMClassifier(n_estimators=3, n_jobs=2, verbose=-1),
    ):
        assert model.fit(x, y).predict_proba(x).shape == (200, 2)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    shape = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, 3]) for name in "ab"]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Abs", ["a"], ["b"])], "g", shape[:1], shape[1:])
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    assert (session.run(None, {"a": x.astype("float32")})[0] >= 0).all()


@walled
def test_harmless_models_keep_their_threads_and_native_code(tmp_path):
    for library in ("xgboost", "lightgbm", "onnx", "onnxruntime"):
        pytest.importorskip(library)
    code = f"{inspect.getsource(native)}\nnative()\nraise RuntimeError('all of it works')"
    assert told(tmp_path, code).endswith("all of it works")
