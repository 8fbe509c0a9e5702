"""Spark beside DuckDB: a cluster of two executors and a Connect server, each in processes of its own."""

import contextlib
import dataclasses
import datetime as dt
import decimal
import functools
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.engines.spark.fingerprint import fingerprint
from assay.engines.spark.session import spark_session
from assay.errors import DataError
from assay.evidence.keys import ABOVE_MEDIAN, PERIODS
from assay.evidence.request import (
    CellsRequest,
    CodeBookRequest,
    DaysRequest,
    DistributionsRequest,
    GroupScoresRequest,
    MomentsRequest,
    PairedScoresRequest,
    ProfileRequest,
    ResidualsRequest,
    RowsRequest,
    ScoresRequest,
    SharedEntitiesRequest,
    SharedRowsRequest,
)
from assay.evidence.value import Unavailable
from assay.record.condition import AllOf, AnyOf
from auditing import control, estimates_of, evaluate, finding_of
from subjects import subject

pytestmark = pytest.mark.campaign
CLUSTER = "local-cluster[2,1,1024]"
REQUIRED = bool(os.environ.get("ASSAY_REQUIRE_TOOLS"))


def _lacking():
    for package in ("pyspark", "pyarrow", "grpc"):
        try:
            __import__(package)
        except ImportError:
            return package
    return None if shutil.which("java") else "java"


if (missing := _lacking()) and not REQUIRED:
    pytest.skip(f"{missing} is not installed", allow_module_level=True)


@pytest.fixture(scope="module", autouse=True)
def _quick_java():
    """Short work: the Java processes compile little of themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture(scope="module")
def cluster():
    with spark_session(CLUSTER) as spark:
        yield few_partitions(spark)


def few_partitions(spark):
    """The data are small: 200 parts of them would only take time."""
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    return spark


@pytest.fixture(scope="module")
def connect(tmp_path_factory):
    """A session with a Connect server, which is a process of its own behind a port."""
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home, log = Path(pyspark.__file__).parent, tmp_path_factory.mktemp("connect") / "log"
    settings = {
        "spark.connect.grpc.binding.port": port, "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.ui.enabled": "false", "spark.driver.memory": "768m", "spark.sql.warehouse.dir": str(log.parent),
    }  # fmt: skip
    given = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    command = [home / "bin" / "spark-submit", "--master", "local[2]", *given, "--class", server, "spark-internal"]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd=log.parent) as process:
        try:
            _wait_for(port, process, log)
            with spark_session(f"sc://127.0.0.1:{port}") as spark:
                yield few_partitions(spark)
        finally:
            process.terminate()


def _wait_for(port, process, log):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"the Connect server did not start: {log.read_text()[-2000:]}")


TEXTS = ["f", "m", None, "", " \t", "nan", "1.0", "1", "01", "1.0\n", "Zoë", "日本", "O'Brien", 'back\\slash "q"',
         "-0.00"]  # fmt: skip
DOUBLES = [1.0, 2.5, None, math.nan, math.inf, -math.inf, 1e-5, 1.25e-4, 1e-4, 0.001, 12345678.9, 1.5e7, -2e15 - 1,
           1e16, 1.2345e20, 0.0, -0.0, 0.1, -1234567.25, 1e22, 0.30000000000000004]  # fmt: skip
FLOATS = [0.1, 0.25, None, math.nan, 1e10, 2.0, -3.5e-5, 16777216.0]
DECIMALS = ["1.00", "1.50", "-2.00", None, "12345678.90", "0.10"]
SMALL = ["0.0000001000", "1.0000000000", None, "12.5000000000"]
utc = functools.partial(dt.datetime, tzinfo=dt.UTC)
MOMENTS = [utc(2026, 3, 31, 23, 30), utc(1969, 12, 31, 1, 2, 3, 450), None, utc(1066, 10, 14),
           utc(2026, 10, 25, 1, 30, 0, 120000)]  # fmt: skip


def _rows(n, values, shift=0):
    """n of the values, in an order in which no two columns go together."""
    return [values[(i * 7 + i // len(values) + shift) % len(values)] for i in range(n)]


def table(n=600, shift=0):
    import pyarrow as pa

    def decimals(values, kind):
        return pa.array([None if v is None else decimal.Decimal(v) for v in _rows(n, values, shift)], kind)

    scores = [None if i % 31 == 3 else (math.nan if i % 37 == 5 else ((i * 389 + shift) % 97) / 97) for i in range(n)]
    moments = _rows(n, MOMENTS, shift)
    return pa.table(
        {
            "y": pa.array(_rows(n, [0, 1, 1, 0, None], shift), pa.int16()),
            "d": pa.array(_rows(n, ["yes", "no", "no", None, "", "yes", " "], shift)),
            "p": pa.array(scores, pa.float64()),
            "flag": pa.array(_rows(n, [True, False, None], shift)),
            "text": pa.array(_rows(n, TEXTS, shift)),
            "double": pa.array(_rows(n, DOUBLES, shift), pa.float64()),
            "single": pa.array(_rows(n, FLOATS, shift), pa.float32()),
            "money": decimals(DECIMALS, pa.decimal128(12, 2)),
            "small": decimals(SMALL, pa.decimal128(20, 10)),
            "day": pa.array([None if m is None else m.date() for m in moments]),
            "moment": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "clock": pa.array([None if m is None else m.replace(tzinfo=None) for m in moments], pa.timestamp("us")),
            "age": pa.array([None if i % 29 == 1 else 17 + (i * 13 + shift) % 61 for i in range(n)], pa.int64()),
            "years": pa.array(_rows(n, [20.5, 33.0, math.nan, math.inf, None, 64.0, -1.0, 25.0], shift), pa.float64()),
            "income": pa.array([((i * 7919 + shift) % 10007) / 7 - 100 for i in range(n)], pa.float64()),
            "n": pa.array([i % 4 for i in range(n)], pa.int32()),
            "v": pa.array([0.0 if i % 50 == 9 else 0.1 + (i % 7) * 0.3 for i in range(n)], pa.float64()),
            "id": pa.array([None if i % 90 == 7 else f"person {i % 170}" for i in range(n)]),
            "odd `name`": pa.array(["x"] * n),
            "blob": pa.array([b"\x00\xff"] * n),
        }
    )


GROUPS = ["text", "double", "single", "money", "small", "day", "moment", "clock", "flag", "age"]
COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"column": "d", "favourable": "yes", "unfavourable": "no"},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {name: {"column": name} for name in GROUPS}
    | {
        "ages": {"column": "age", "edges": [25, 35, 60]},
        "years": {"column": "years", "edges": [0, 25, 50]},
        "named": {"column": "text", "labels": {"f": "female", "m": "male", "1": "one"}},
    },
    "grade": {"column": "text", "order": ["f", "m"]},
    "previous_grade": "money",
    "unknown_values": ["01"],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of two Parquet files, and one file."""
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("awkward")
    pq.write_table(table(), folder / "test.parquet", row_group_size=100)
    pq.write_table(table(500, shift=3), folder / "train.parquet")
    return folder


@pytest.fixture(params=["cluster", "connect"])
def spark(request):
    return request.getfixturevalue(request.param)


def described(folder, columns=COLUMNS, **blocks):
    data = {role: {"path": f"{role}.parquet"} for role in ("test", "train")}
    return subject(folder, roles=("test",), columns=columns, data=data, **blocks)


def on_spark(spark, folder):
    frames = {role: spark.read.parquet(f"file://{folder}/{role}.parquet") for role in ("test", "train")}
    return EngineOptions(frames=frames)


def both(of, requests, options):
    """What DuckDB and what Spark measure."""
    made = [measure(requests, of, seed=1, progress=lambda *told: None, options=each) for each in (None, options)]
    return tuple([each[request] for request in requests] for each in made)


def read(condition, **test):
    return condition.model_validate_json(json.dumps(test))


CONDITIONS = [
    read(AllOf, all=[{"field": "money", "at_least": 1.5}, {"field": "day", "above": "1000-01-01"}]),
    read(
        AnyOf,
        any=[
            {"field": "double", "in": [1, 0.1]},
            {"field": "single", "equals": 0.25},
            {"field": "text", "contains": "ë"},
            {"all": [{"not": {"field": "double", "is": "absent"}}, {"field": "flag", "equals": True}]},
        ],
    ),
]


def test_cells_on_spark_are_those_of_duckdb(spark, files):
    keys = [("label", "decision"), ("decision", "group:ages", "group:named"), ("label", "group:years")]
    keys += [(f"group:{name}", "label") for name in GROUPS]
    keys += [("group:(grade)", "group:(previous grade)")]
    requests = [CellsRequest("test", each) for each in keys]
    requests += [CellsRequest("test", ("label", "decision"), condition) for condition in CONDITIONS]
    duckdb, found = both(described(files), requests, on_spark(spark, files))
    assert found == duckdb
    assert sum(found[0].counts) == 600


def test_scores_on_spark_are_those_of_duckdb(spark, files):
    requests = [ScoresRequest("test"), ScoresRequest("test", CONDITIONS[1])]
    duckdb, found = both(described(files), requests, on_spark(spark, files))
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]
    assert found[0].unscored > 0


@pytest.mark.parametrize("more", [{}, {"count": "n"}, {"weight": "v"}])
def test_scores_by_group_and_the_median_on_spark_are_those_of_duckdb(cluster, files, more):
    requests = [
        GroupScoresRequest("test", "ages"),
        GroupScoresRequest("test", "years*ages", CONDITIONS[1], labelled=False),
        CellsRequest("test", (ABOVE_MEDIAN, "group:ages")),
    ]
    duckdb, found = both(described(files, COLUMNS | more), requests, on_spark(cluster, files))
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]
    assert sum(found[0].unscored) > 0


@pytest.mark.parametrize("more", [{}, {"count": "n"}, {"weight": "v", "entity": "id"}])
def test_moments_on_spark_are_those_of_duckdb(cluster, files, more):
    columns = COLUMNS | {"label": {"column": "income"}, "score": {"column": "p", "kind": "value"}}
    requests = [MomentsRequest("test", "years*ages", of) for of in ("score", "residual", "absolute_residual")]
    duckdb, found = both(described(files, columns | more), requests, on_spark(cluster, files))
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]
    assert sum(found[0].unscored) > 0


@pytest.mark.parametrize("more", [{}, {"count": "n"}, {"weight": "v", "entity": "id"}])
def test_residuals_on_spark_are_those_of_duckdb(cluster, files, more):
    columns = COLUMNS | {"label": {"column": "double"}, "score": {"column": "p", "kind": "value"}}
    requests = [ResidualsRequest("test"), ResidualsRequest("test", CONDITIONS[1])]
    duckdb, found = both(described(files, columns | more), requests, on_spark(cluster, files))
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]
    assert sum(found[0].zeros) > 0


@pytest.mark.parametrize("more", [{}, {"count": "n"}])
def test_champion_and_challenger_on_spark_are_those_of_duckdb(cluster, files, more):
    champion = {"score": "income", "kind": "rank", "higher": "unfavourable",
                "decision": {"from": "score", "favourable": {"below": 300}}}  # fmt: skip
    requests = [
        PairedScoresRequest("test"),
        PairedScoresRequest("test", CONDITIONS[1]),
        CellsRequest("test", ("label", "decision", "champion decision", "group:ages")),
    ]
    duckdb, found = both(described(files, COLUMNS | {"champion": champion} | more), requests, on_spark(cluster, files))
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]
    assert found[0].unscored > 0
    assert found[0].unlabelled > 0
    columns = COLUMNS | {"label": {"column": "double"}, "score": {"column": "p", "kind": "value"}}
    of = described(files, columns | {"champion": {"score": "years"}} | more)
    (duckdb,), (found,) = both(of, [PairedScoresRequest("test", of="residuals")], on_spark(cluster, files))
    assert found == duckdb


def test_losses_of_champion_and_challenger_on_spark_are_those_of_duckdb_but_for_a_logarithm(cluster, files):
    of = described(files, COLUMNS | {"champion": {"score": "p", "of": 0}})
    (duckdb,), (found,) = both(of, [PairedScoresRequest("test")], on_spark(cluster, files))
    assert found.placements == duckdb.placements
    assert found.losses[0] == duckdb.losses[0]
    ours, theirs = (dataclasses.astuple(each.losses[1])[1:] for each in (found, duckdb))
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("time", ["day", "moment", "clock"])
def test_periods_on_spark_are_those_of_duckdb(cluster, files, time):
    requests = [CellsRequest("test", (f"group:{period}", "label")) for period in PERIODS]
    requests += [GroupScoresRequest("test", PERIODS[1]), MomentsRequest("test", PERIODS[2], "score")]
    duckdb, found = both(described(files, COLUMNS | {"time": time}), requests, on_spark(cluster, files))
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]
    assert len({levels[0] for levels in found[0].rows}) > 4


def test_what_is_no_day_is_an_error_on_spark_too(cluster, files):
    asked = [CellsRequest("test", (f"group:{PERIODS[0]}",))]
    for column, told in (("text", "which is no day"), ("age", "not days")):
        of = described(files, COLUMNS | {"time": column})
        for options in (None, on_spark(cluster, files)):
            with pytest.raises(DataError, match=told):
                measure(asked, of, seed=1, progress=lambda *step: None, options=options)


@pytest.mark.parametrize("more", [{"time": "day", "entity": "id"}, {"time": "moment", "entity": "age", "count": "n"}])
def test_days_and_entities_of_two_datasets_on_spark_are_those_of_duckdb(cluster, files, more):
    requests = [DaysRequest("test", "train"), SharedEntitiesRequest("test", "train")]
    requests += [DaysRequest("test", "train", CONDITIONS[1]), SharedEntitiesRequest("test", "train", CONDITIONS[1])]
    duckdb, found = both(described(files, COLUMNS | more), requests, on_spark(cluster, files))
    assert found == duckdb
    assert found[0].not_later > 0
    assert found[1].entities > 0


def test_exposure_on_spark_is_that_of_duckdb_but_for_the_last_bit_of_a_logarithm(cluster, files):
    of = described(files, COLUMNS | {"query": "text"})
    (duckdb,), (found,) = both(of, [MomentsRequest("test", "ages", "exposure")], on_spark(cluster, files))
    assert (found.keys, found.rows, found.people, found.unscored) == (
        duckdb.keys, duckdb.rows, duckdb.people, duckdb.unscored
    )  # fmt: skip
    for own, other in zip(found.sums, duckdb.sums, strict=True):
        assert own == pytest.approx(other, abs=1e-12)


@pytest.mark.parametrize("more", [{"count": "n"}, {"weight": "v"}, {"entity": "id"}, {"weight": "v", "entity": "id"}])
def test_counts_weights_and_entities_on_spark_are_those_of_duckdb(cluster, files, more):
    requests = [CellsRequest("test", ("label", "decision", "group:ages")), ScoresRequest("test")]
    if "entity" in more:
        requests.append(CellsRequest("test", ("decision", "entity")))
    of = described(files, COLUMNS | more)
    duckdb, found = both(of, requests, on_spark(cluster, files))
    assert found[0] == duckdb[0]
    assert [each.csv() for each in found] == [each.csv() for each in duckdb]


def test_profiles_and_shared_rows_on_spark_are_those_of_duckdb(spark, files):
    numbers, categories = ("income", "money"), ("text", "single")
    requests = [
        ProfileRequest("test", numbers + categories, "train"),
        ProfileRequest("test", ("double",), None, 20, CONDITIONS[1]),
        DistributionsRequest("test", "train", numbers + categories),
        DistributionsRequest("test", "train", ("double", "text"), CONDITIONS[1]),
        CodeBookRequest("test"),
        SharedRowsRequest("test", "train", ("text", "double", "flag"), True),
        SharedRowsRequest("test", "train", ("text", "double", "flag"), True, CONDITIONS[1]),
        SharedRowsRequest("test", "train", ("text", "double", "day", "money", "flag")),
        SharedRowsRequest("test", "train", ("y", "moment", "clock")),
    ]
    features = [{"name": "single", "dtype": "category"}]
    duckdb, found = both(described(files, features=features), requests, on_spark(spark, files))
    for ours, theirs in zip(found, duckdb, strict=True):
        assert ours.csv() == theirs.csv()
    assert found[-2].shared > 0
    whole, some = found[5:7]
    assert (some.rows < whole.rows, some.against_rows) == (True, whole.against_rows)


def test_attributions_are_not_to_be_had_on_spark(files):
    asked = RowsRequest("test", 10)
    options = EngineOptions(spark="sc://127.0.0.1:1")
    found = measure([asked], described(files), seed=1, progress=lambda *told: None, options=options)
    assert isinstance(found[asked], Unavailable)
    assert "never leave" in found[asked].what


def test_only_what_was_counted_leaves_the_cluster(cluster, files, monkeypatch):
    """Every result either ends in an aggregate or is one value of a column that breaks a rule."""
    from pyspark.sql.classic.dataframe import DataFrame

    seen = []

    def watched(name):
        original = getattr(DataFrame, name)

        def spy(data):
            found = original(data)
            plan = data._jdf.queryExecution().optimizedPlan().toString()
            seen.append((len(found), "Aggregate [" in plan))
            return found

        monkeypatch.setattr(DataFrame, name, spy)

    watched("collect")
    watched("toArrow")
    for name in ("toPandas", "toLocalIterator", "foreach", "take", "head", "first", "tail"):
        monkeypatch.setattr(DataFrame, name, lambda *args: pytest.fail("rows left the cluster"))
    requests = [
        CellsRequest("test", ("label", "decision", "group:years")),
        ScoresRequest("test"),
        GroupScoresRequest("test", "years"),
        CellsRequest("test", (ABOVE_MEDIAN, "group:years")),
        ProfileRequest("test", ("income", "text")),
        SharedRowsRequest("test", "train", ("text", "day")),
    ]
    of, options = described(files, COLUMNS | {"weight": "v", "entity": "id"}), on_spark(cluster, files)
    measure(requests, of, seed=1, progress=lambda *told: None, options=options)
    assert len(seen) > 10
    assert all(counted or rows <= 1 for rows, counted in seen)


def executors(spark):
    """Processes of the executors of this session's application."""
    wanted = spark.sparkContext.applicationId.encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes().split(b"\0")
            if wanted in line and any(part.endswith(b"CoarseGrainedExecutorBackend") for part in line):
                found.append(int(process.name))
    return found


def test_an_executor_that_dies_changes_no_count(cluster, files):
    people, groups, parts = 30_000, 7, 12
    slow = "length(sha2(repeat(CAST(id AS STRING), 3000), 512)) = 128"
    data = cluster.range(0, people, 1, parts).selectExpr(
        f"CAST(id % {groups} AS STRING) AS text", f"CASE WHEN {slow} THEN if(id % 2 = 0, 'yes', 'no') END AS d"
    )
    before, killed = executors(cluster), []
    assert len(before) == 2

    def kill():
        tracker, end = cluster.sparkContext.statusTracker(), time.monotonic() + 120
        while not killed and time.monotonic() < end:
            for stage in tracker.getActiveStageIds():
                told = tracker.getStageInfo(stage)
                if told is not None and told.numTasks == parts and 0 < told.numCompletedTasks < parts - 2:
                    os.kill(before[0], signal.SIGKILL)
                    killed.append(told.numCompletedTasks)
                    return
            time.sleep(0.02)

    killer = threading.Thread(target=kill)
    killer.start()
    columns = {
        "decision": {"column": "d", "favourable": "yes", "unfavourable": "no"}, "groups": {"g": {"column": "text"}}
    }  # fmt: skip
    asked = CellsRequest("test", ("decision", "group:g"))
    options = EngineOptions(frames={"test": data})
    try:
        found = measure([asked], described(files, columns), seed=1, progress=lambda *told: None, options=options)
    finally:
        killer.join()
    assert killed
    assert before[0] not in executors(cluster)
    expected = {}
    for i in range(people):
        key = ("favourable" if i % 2 == 0 else "unfavourable", str(i % groups))
        expected[key] = expected.get(key, 0) + 1
    assert dict(zip(found[asked].rows, found[asked].counts, strict=True)) == expected


AUDITED = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"column": "d", "favourable": "yes", "unfavourable": "no"},
    "groups": {"flag": {"column": "flag"}, "ages": {"column": "age", "edges": [25, 35, 60]}},
}
BY_FOLDER = AUDITED | {"groups": AUDITED["groups"] | {"flag": {"column": "region"}}}
LENIENT = control(criterion={"at_least": 0.1, "source": "convention"}, **{"with": {"groups": ["flag", "ages"]}})


def test_an_audit_on_a_cluster_says_what_an_audit_on_one_machine_says(cluster, tmp_path):
    import pyarrow.parquet as pq

    data = tmp_path / "test [1], of *"
    for folder, shift in (("region=01", 0), ("region=2", 5)):
        (data / folder).mkdir(parents=True)
        pq.write_table(table(300, shift), data / folder / "a{1}.parquet")
    alone = evaluate(tmp_path, data, BY_FOLDER, LENIENT)
    found = evaluate(tmp_path, data, BY_FOLDER, LENIENT, engine=EngineOptions(spark=CLUSTER))
    estimates = estimates_of(finding_of(found))
    assert len(estimates) > 3
    assert estimates == estimates_of(finding_of(alone))
    assert found.audit.subject == alone.audit.subject
    assert found.audit.versions == alone.audit.versions | {"pyspark": version("pyspark")}
    assert finding_of(found) == finding_of(alone)


def test_a_dataframe_and_a_table_have_a_digest_of_their_rows_in_the_record(cluster, tmp_path):
    import pyarrow.parquet as pq

    pq.write_table(table(), tmp_path / "rows.parquet")
    data = cluster.read.parquet(f"file://{tmp_path}/rows.parquet")
    cluster.sql(f"CREATE TABLE audited_people USING parquet LOCATION 'file://{tmp_path}/rows.parquet'")
    manifest = {"data": {"test": {"database": "spark", "table": "default.audited_people"}}}
    changed = data.selectExpr("* EXCEPT (age)", "if(id = 'person 3' AND n = 3, age + 1, age) AS age")

    def digest(options):
        made = evaluate(tmp_path, tmp_path / "none", AUDITED, LENIENT, manifest=manifest, engine=options)
        (file,) = [each for each in made.audit.subject.files if each.role == "data.test"]
        assert file.path == "spark, table default.audited_people"
        return file.digest

    of_table = digest(EngineOptions(spark=CLUSTER))
    shuffled = data.repartition(5, "income").sort("text")
    assert digest(EngineOptions(frames={"test": shuffled})) == of_table
    assert digest(EngineOptions(frames={"test": changed})) != of_table
    assert cluster.range(3).count() == 3  # a session that was given stays open


def test_the_digest_of_rows_is_an_ordered_hash_of_all_of_them(spark, monkeypatch):
    """Made again without Spark. What is added up can be met by chosen rows; what is hashed in its order cannot."""
    people = [(f"person {i % 90}", i % 3) for i in range(400)]
    data = spark.createDataFrame(people, "name STRING, n INT").repartition(7)
    rows = [json.dumps([str(n), name], separators=(",", ":")) for name, n in people]  # columns by their names
    hashes = Counter(sha256(row.encode()).hexdigest() for row in rows)

    def expected(digits):
        buckets = {}
        for each in sorted(hashes):
            buckets.setdefault(each[:digits], []).append(f"{each} {hashes[each]}\n")
        lines = ["'n' int\n", "'name' string\n", "400\n"]
        lines += [f"{key} {sha256(''.join(buckets[key]).encode()).hexdigest()}\n" for key in sorted(buckets)]
        return "sha256:" + sha256("".join(lines).encode()).hexdigest()

    for bucket, digits in ((400, 0), (399, 1), (20, 2)):
        monkeypatch.setattr("assay.engines.spark.fingerprint.BUCKET", bucket)
        assert fingerprint(data, "people", ["name", "n"]) == expected(digits)
    assert len({each[:2] for each in hashes}) > 20
    another = data.selectExpr("name", "if(name = 'person 5', 2 - n, n) AS n")
    assert fingerprint(another, "people", ["name", "n"]) != fingerprint(data, "people", ["name", "n"])
    twice = data.union(data.limit(1))
    assert fingerprint(twice, "people", ["name", "n"]) != fingerprint(data, "people", ["name", "n"])


def test_the_name_of_a_table_reaches_no_file(files):
    """Whatever is asked of the session: SQL on files is off there."""
    for place in (f"parquet.`file://{files}/test.parquet`", f"parquet.`{files}/test.parquet`"):
        with spark_session(CLUSTER) as spark, pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
            spark.table(place).count()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("yarn", "no address of a Spark cluster"),
        ("spark://127.0.0.1:1", "no Spark cluster answers at spark://127.0.0.1:1"),
        ("sc://127.0.0.1:1/;token=secret", "no Spark cluster answers at sc://127.0.0.1:1"),
    ],
)
def test_a_cluster_that_is_not_there_is_one_error(files, address, told):
    asked = CellsRequest("test", ("decision",))
    options = EngineOptions(spark=address)
    with pytest.raises(DataError, match=told) as raised:
        measure([asked], described(files), seed=1, progress=lambda *told: None, options=options)
    assert raised.value.hint
    assert "secret" not in str(raised.value)


def test_another_cluster_than_that_of_the_process_is_refused(cluster):
    with pytest.raises(DataError, match="works with the Spark cluster"), spark_session("local[1]"):
        pass


def test_no_java_is_one_error(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(DataError, match="there is no Java"), spark_session("local[1]"):
        pass


def test_a_score_of_the_model_is_refused_before_a_session_is_opened(files):
    score = {"from": "model", "kind": "probability", "of": 1}
    of = described(files, COLUMNS | {"score": score}, features=[{"name": "age", "dtype": "number"}])
    options = EngineOptions(spark="sc://127.0.0.1:1")
    with pytest.raises(DataError, match="rows do not leave the cluster") as raised:
        measure([ScoresRequest("test")], of, seed=1, progress=lambda *told: None, options=options)
    assert "Score the data first" in raised.value.hint


def test_columns_that_cannot_be_measured_and_odd_names_are_told(cluster, files):
    options = on_spark(cluster, files)
    odd = {"decision": COLUMNS["decision"], "groups": {"g": {"column": "odd `name`"}, "b": {"column": "blob"}}}
    of = described(files, odd)
    measured = measure([CellsRequest("test", ("group:g",))], of, seed=1, progress=lambda *told: None, options=options)
    assert [cells.rows for cells in measured.values()] == [(("x",),)]
    with pytest.raises(DataError, match="of the type binary"):
        measure([CellsRequest("test", ("group:b",))], of, seed=1, progress=lambda *told: None, options=options)
    options = EngineOptions(frames={"test": [1]})
    with pytest.raises(DataError, match="is no Spark DataFrame"):
        measure([CellsRequest("test", ("group:g",))], of, seed=1, progress=lambda *told: None, options=options)
