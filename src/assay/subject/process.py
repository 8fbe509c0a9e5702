"""The process of a model, from the parent's side: started, asked, watched, ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any

from assay.record.audit import Confinement
from assay.subject.confinement.environment import environment
from assay.subject.confinement.watch import Watch
from assay.subject.scratch import scratch_folder

LONGEST_ANSWER = 1 << 16
"""Characters of one answer."""
LAST_WORDS = 4096
"""Bytes kept of what the model prints."""
PATIENCE = 2.0
"""Seconds for a pipe to run dry after its process has ended."""


class Ended(Exception):
    """The process crashed, or was ended for what it did. The message says how: "ended by signal 11"."""

    def __init__(self, how: str, code: int | None = None) -> None:
        super().__init__(how)
        self.code = code
        """With which it ended by itself; None: it was ended, or a signal did it."""


class WorkerProcess:
    """A confined process that answers jobs in their order. It starts at once; `close` ends it and removes its files."""

    def __init__(
        self,
        files: Sequence[Path],
        private: Sequence[Path],
        *,
        memory: int,
        seconds: float,
        without: Collection[str] = (),
    ) -> None:
        self._seconds = seconds
        self._folder = scratch_folder("model")
        self.given, self.work = Path(self._folder.name) / "given", Path(self._folder.name) / "work"
        self.given.mkdir(mode=0o700)
        self.work.mkdir(mode=0o700)
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._said = b""
        self._held: Confinement | None = None
        self._ended: str | None = None
        self._code: int | None = None
        try:
            self._process = self._start()
        except OSError:
            self._folder.cleanup()
            raise
        self._watch = Watch(self._process, self.work, memory)
        self._listeners = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._drain, args=(self._process.stderr,), daemon=True),
        ]
        for thread in (*self._listeners, self._watch, threading.Thread(target=self._stand_in, daemon=True)):
            thread.start()
        walls = {"files": files, "given": self.given, "work": self.work, "private": private}
        told = {name: [str(path) for path in each] if isinstance(each, Sequence) else str(each)
                for name, each in walls.items()}  # fmt: skip
        self.send({"allowed": {**told, "memory": memory}, "without": sorted(without)})

    @property
    def confinement(self) -> Confinement:
        """What holds it. Ended where it does not answer."""
        if self._held is None:
            try:
                self._held = Confinement.model_validate(self._answer())
            except ValueError as error:
                raise self._fail("gave no answer that can be read") from error
        return self._held

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def send(self, job: dict[str, Any]) -> None:
        """Give it a job. Where it has ended, `answer` tells how."""
        assert self._process.stdin is not None  # noqa: S101
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def has_answered(self) -> bool:
        """Whether the answer to the first job that has none yet is there to be read, or none will come."""
        return self._ended is not None or self._answers.qsize() > (self._held is None)

    def answer(self) -> dict[str, Any]:
        """The answer to the first job that has none yet; the time it may take is that for which it is waited here.

        Ended where there is none; then none is waited for a second time.
        """
        if self._ended is not None:
            raise Ended(self._ended, self._code)
        _ = self.confinement
        limit = threading.Timer(self._seconds, self._watch.end, [f"took longer than {self._seconds:g} s"])
        limit.daemon = True
        limit.start()
        try:
            return self._answer()
        finally:
            limit.cancel()

    def end(self) -> Ended:
        """How it ended by itself; waited for as long as a job may take, and then ended. Its files stay."""
        _ = self.confinement
        self._watch.join(self._seconds)
        return self._fail(f"took longer than {self._seconds:g} s" if self._watch.is_alive() else None)

    def close(self) -> None:
        """End the process and remove its files."""
        self._watch.end("was closed")
        self._join()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # what was left to write to a process that ended
                self._process.stdin.close()
        self._folder.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: a module beside the manifest must not stand in for one of ours.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "assay.subject.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.work,
            env=environment(self.work),
            umask=0o077 if os.name == "posix" else -1,
            start_new_session=True,
        )

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=self._seconds + PATIENCE)
        except queue.Empty:  # of what holds it, or of a process that cannot be ended
            raise self._fail(f"took longer than {self._seconds:g} s") from None
        if not line:
            raise self._fail()
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._fail("gave no answer that can be read")
        return answer

    def _fail(self, why: str | None = None) -> Ended:
        """How it ended, or that it is ended because of `why`; told again to whoever asks later."""
        if self._ended is None:
            if why is not None:
                self._watch.end(why)
            self._join()
            if self._watch.is_alive():  # it closed its answers and runs on
                self._watch.end("gave no answer that can be read")
                self._join()
            code = self._process.returncode
            if self._watch.reason is not None:
                self._ended = f"{self._watch.reason} and was ended"
            else:
                self._code = code if code >= 0 else None
                self._ended = "ended " + (f"by signal {-code}" if code < 0 else f"with code {code}") + self._words()
        return Ended(self._ended, self._code)

    def _join(self) -> None:
        for thread in (self._watch, *self._listeners):
            thread.join(PATIENCE)

    def _words(self) -> str:
        lines = self._said[-LAST_WORDS:].decode(errors="replace").strip().splitlines()
        return f"; its last words: {lines[-1][:300]}" if lines else ""

    def _listen(self, stdout: IO[bytes]) -> None:
        """Every answer into the queue, and an empty one at the end."""
        with stdout, contextlib.suppress(OSError, ValueError):
            while line := stdout.readline(LONGEST_ANSWER):
                # Two may wait to be read: what holds the process, and what it loaded.
                if not line.endswith(b"\n") or self._answers.qsize() > 1:
                    self._watch.end("gave no answer that can be read")
                    break
                self._answers.put(line)
        self._answers.put(b"")

    def _drain(self, stderr: IO[bytes]) -> None:
        """Keep the end of what is printed; all of it is read, so that printing does not stop the process."""
        with stderr, contextlib.suppress(OSError, ValueError):
            while part := os.read(stderr.fileno(), 1 << 16):
                self._said = (self._said + part)[-LAST_WORDS:]

    def _stand_in(self) -> None:
        """Say that it has ended where somebody else holds its pipes open, so that nobody waits for them."""
        self._watch.join()
        self._listeners[0].join(PATIENCE)
        self._answers.put(b"")
