"""Sessions with a cluster: opened by its address, with a time limit, and closed at the end."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from assay.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SECONDS = 300.0
"""Within which the cluster has to do a first job."""
SECONDS_TO_ANSWER = 10.0
"""Within which something has to listen at the address."""

_ADDRESS = re.compile(
    r"local\[(?:[1-9][0-9]{0,3}|\*)\]"
    r"|local-cluster\[[1-9][0-9]{0,2},[1-9][0-9]{0,2},(?P<memory>[1-9][0-9]{2,5})\]"
    r"|spark://[^\s,/]+(?:,[^\s,/]+)*|sc://\S+"
)
_TAKES = "Write spark://HOST:PORT, sc://HOST:PORT, local[CORES] or local-cluster[WORKERS,CORES,MEGABYTES]."
_PORTS = {"spark": 7077, "sc": 15002}
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what does not fit is an error, never another number
    "spark.sql.caseSensitive": "true",
    "spark.sql.runSQLOnFiles": "false",  # the name of a table is never a file's: see source.distant_files
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # 01 in the name of a folder stays 01
}
_OWN = {
    "spark.app.name": "assay",
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
Made = TypeVar("Made")


@contextmanager
def spark_session(address: str) -> Iterator[SparkSession]:
    """A session with the cluster at that address, which has done a first job. What was opened is closed at the end; a
    cluster that this process works with already is used beside its other users.

    Raises DataError where pyspark, Java or the cluster is not there, or does not answer in time.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise DataError(f"{address!r} is no address of a Spark cluster", hint=_TAKES)
    _require_pyspark(address)
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # none is used
    _require_listening(address)
    running = None if address.startswith("sc://") else _running(address)
    if running is not None:
        yield running
        return
    opening = _connect if address.startswith("sc://") else _start
    spark = _in_time(lambda: opening(address, found["memory"]), address)
    try:
        _in_time(lambda: spark.range(1).count(), address)
        yield spark
    finally:
        with suppress(Exception):
            spark.stop()


def _connect(address: str, _: str | None) -> SparkSession:
    from pyspark.sql.connect.session import SparkSession as Remote

    return _set(Remote.builder.remote(address).create())


def _running(address: str) -> SparkSession | None:
    """A session of its own with the cluster of this process; None where there is none. DataError for another one."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession as Local

    running: Any = SparkContext._active_spark_context
    if running is None:
        return None
    if running.master != address:
        raise DataError(
            f"this process works with the Spark cluster {running.master} already, and can with one only",
            hint="Stop that session, or give its DataFrames to EngineOptions(frames=…).",
        )
    return _set(Local(running).newSession())


def _set(spark: Any) -> SparkSession:
    for name, value in _SETTINGS.items():
        spark.conf.set(name, value)
    return spark  # type: ignore[no-any-return]


def _start(address: str, memory: str | None) -> SparkSession:
    """A driver in a Java process of ours, whose messages nobody reads."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession as Local

    conf = SparkConf().setMaster(address)
    for name, value in {**_OWN, **_SETTINGS}.items():
        conf.set(name, value)
    if memory is not None:
        conf.set("spark.executor.memory", f"{memory}m")  # else a worker with less than 1 GiB never takes one
    gateway = SparkContext._gateway
    if gateway is None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        gateway = launch_gateway(conf, quiet)  # type: ignore[no-untyped-call]
    return Local(SparkContext(conf=conf, gateway=gateway))


def _require_pyspark(address: str) -> None:
    hint = "Install the extra: pip install 'assay[spark]'."
    try:
        import pyspark  # noqa: F401

        if address.startswith("sc://"):
            import grpc  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        raise DataError(f"Spark needs the package {error.name}, which is not installed", hint=hint) from error
    home = os.environ.get("JAVA_HOME", "")
    java = Path(home, "bin", "java").is_file() if home else shutil.which("java") is not None
    if not address.startswith("sc://") and not java:
        what = f"there is no Java in JAVA_HOME, which is {home}" if home else "there is no Java on this machine"
        raise DataError(
            f"{what}, and Spark's driver needs one",
            hint="Install Java 17 or later, or use a Spark Connect server: sc://HOST:PORT needs none here.",
        )


def _require_listening(address: str) -> None:
    """Spark itself would try for many minutes."""
    scheme, _, rest = address.partition("://")
    if not rest:
        return
    problems = []
    for place in rest.split(",") if scheme == "spark" else [rest]:
        try:
            url = urlsplit(f"{scheme}://{place.split(';')[0]}")
            host, port = url.hostname or "", url.port or _PORTS[scheme]
            socket.create_connection((host, port), SECONDS_TO_ANSWER).close()
        except (OSError, ValueError, UnicodeError) as error:
            problems.append(str(error))
        else:
            return
    raise DataError(
        f"no Spark cluster answers at {address.split(';')[0]}: {problems[0]}",
        hint="Is it running, and can this machine reach it?",
    )


def _in_time(work: Callable[[], Made], address: str) -> Made:
    """What `work` gives. DataError where it gives nothing in time; the thread that does it then ends with us."""
    made: list[Made] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(work())
        except BaseException as error:  # noqa: BLE001  it is told by the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if made:
        return made[0]
    if failed and isinstance(failed[0], DataError):
        raise failed[0]
    what = said(failed[0]) if failed else f"it did no job within {SECONDS:.0f} seconds"
    raise DataError(
        f"the Spark cluster {address.split(';')[0]} cannot be used: {what}",
        hint="Does it run, has it free cores and memory, and is its version that of the installed pyspark?",
    )


def said(error: BaseException) -> str:
    """The first lines of what Spark says, without its stack."""
    lines: list[str] = []
    for line in str(error).splitlines():
        if line.startswith(("\tat ", "JVM stacktrace", "Driver stacktrace", "== SQL", "'Project", "+- ")):
            break
        if line.strip():
            lines.append(line.strip())
    return " ".join(lines)[:600] or type(error).__name__


def errors_of_spark() -> tuple[type[Exception], ...]:
    """What a session raises where the cluster fails or cannot do what it is asked."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    found: list[type[Exception]] = [PySparkException, Py4JError, OSError, EOFError]
    with suppress(ImportError):
        from grpc import RpcError

        found.append(RpcError)
    return tuple(found)
