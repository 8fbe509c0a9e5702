"""No server is asked because a manifest names it. What would be asked is told at once, and by host."""

import pytest

from assay.engines.options import EngineOptions
from assay.errors import DataError
from assay.run.consent import require_consent
from assay.subject.manifest import load_manifest
from subjects import write_manifest

DATABASE = "postgresql://auditor@db.example:5433/credit"
MODEL = {"url": "https://models.example/credit?a=1", "token": "ASSAY_SCORING_TOKEN"}
STAGE = {"url": "https://[2001:DB8::1]:8443/first"}
ALL = ("db.example", "models.example", "2001:db8::1")


def consent(folder, *hosts, table="t", database=DATABASE, options=None, needs_model=True):
    manifest = write_manifest(
        folder,
        identity={"id": "m", "name": "M", "version": "1", "endpoint": MODEL},
        data={"test": {"database": database, "table": table}, "train": {"path": "train.csv"}},
        pipeline={"stages": [{"id": "a", "endpoint": STAGE, "output": "x"}, {"id": "b"}]},
    )
    options = options or EngineOptions(connect=hosts)
    require_consent(load_manifest(manifest), options, ("test", "train", "production"), needs_model=needs_model)


def test_everything_that_would_be_asked_is_told_at_once_with_the_options_to_add(tmp_path):
    with pytest.raises(DataError) as error:
        consent(tmp_path)
    for told in (DATABASE, MODEL["url"], STAGE["url"], "which would get the token in ASSAY_SCORING_TOKEN"):
        assert told in error.value.what
    assert "add --connect db.example --connect models.example --connect 2001:db8::1;" in error.value.hint
    assert "model.yaml:" in error.value.where


def test_consent_is_for_each_host_by_itself(tmp_path):
    consent(tmp_path, *ALL)
    consent(tmp_path, *(host.upper() for host in ALL))
    for missing in ALL:
        with pytest.raises(DataError) as error:
            consent(tmp_path, *(host for host in ALL if host != missing))
        assert f"add --connect {missing};" in error.value.hint
        assert error.value.what.count("://") == 1


@pytest.mark.parametrize(
    "near", ["example", "b.example", "db.example.", "db.example:5433", "*", "auditor@db.example", DATABASE]
)
def test_a_host_is_compared_as_a_whole(tmp_path, near):
    with pytest.raises(DataError, match="no server is asked"):
        consent(tmp_path, near, needs_model=False)


def test_a_text_in_the_place_of_the_hosts_allows_nothing(tmp_path):
    with pytest.raises(DataError, match="no server is asked"):
        consent(tmp_path, options=EngineOptions(connect="db.example"), needs_model=False)


def test_a_socket_is_this_machine_whatever_else_the_address_says(tmp_path):
    socket = "postgresql://me@db.example/credit?host=/run/postgresql"
    with pytest.raises(DataError, match="no server is asked"):
        consent(tmp_path, "db.example", database=socket, needs_model=False)
    consent(tmp_path, "localhost", database=socket, needs_model=False)


def test_an_address_that_is_none_is_one_error(tmp_path):
    with pytest.raises(DataError, match="no valid address"):
        consent(tmp_path, "db.example", database="postgresql://me@db.example:port/credit")


@pytest.mark.parametrize(
    ("table", "host"),
    [
        ('parquet."s3a://bucket-1/folder/part=1"', "bucket-1"),
        ('Delta."abfss://container@account.dfs.example/a b/c"', "account.dfs.example"),
        ('csv."hdfs://name.example:8020/x"', "name.example"),
        ('"json"."gs://bucket/x"', "bucket"),
    ],
)
def test_files_of_a_store_are_a_server(tmp_path, table, host):
    with pytest.raises(DataError, match="no server is asked") as error:
        consent(tmp_path, database="spark", table=table, needs_model=False)
    assert f"--connect {host};" in error.value.hint
    consent(tmp_path, host, database="spark", table=table, needs_model=False)
    consent(tmp_path, table=table, database="spark", options=EngineOptions(frames={"test": 1}), needs_model=False)


@pytest.mark.parametrize("place", [
    "people", "../people", "/etc/passwd", "file:///etc/passwd", "FILE:/etc", "s3a:/bucket/x", "s3a:///x", "s3a://bucket",
    "s3a://bucket/", "s3a://bucket/*", "s3a://bucket/{a,b}", "s3a://bucket/[ab]", "s3a://bucket/a?", "s3a://bucket/a,b",
    "s3a://key:secret@bucket/x", "s3a://good@evil/x", "s3a://a\\@b/x", "S3A://bucket/x", "s3://bucket/x",
    "http://169.254.169.254/latest", "https://evil.example/x.csv", "jdbc:postgresql://evil.example/x", "ftp://evil.example/x",
    "hdfs://a#b/x", "hdfs://a/x\n",
])  # fmt: skip
@pytest.mark.parametrize("kind", ["parquet", "BINARYFILE", "text"])
def test_no_other_files_are_a_table(tmp_path, kind, place):
    with pytest.raises(DataError, match="neither a table nor files of a store"):
        consent(tmp_path, "bucket", "evil", "a", database="spark", table=f'{kind}."{place}"', needs_model=False)


@pytest.mark.parametrize("table", [
    '"file:///etc/passwd"', '"/etc/passwd"', 'spark_catalog.parquet."/etc/passwd"', 'xml."/etc/x"', 'jdbc."a:b"',
    'parquet."a"', '"org.apache.spark.sql.parquet"."s3a://bucket/x"',
])  # fmt: skip
def test_a_name_with_the_signs_of_a_path_is_no_table(tmp_path, table):
    with pytest.raises(DataError, match="neither a table nor files of a store"):
        consent(tmp_path, "bucket", database="spark", table=table, needs_model=False)


@pytest.mark.parametrize("table", ["people", "shop.people", "catalogue.shop.people", '"my table"', '"parquet"'])
def test_a_table_of_the_catalogue_is_no_server(tmp_path, table):
    consent(tmp_path, database="spark", table=table, needs_model=False)
