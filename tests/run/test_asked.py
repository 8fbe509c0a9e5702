"""Scores of models that are no file: of a service and of a function. The record says so, for neither has a digest."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from assay.engines.options import EngineOptions
from assay.errors import DataError
from auditing import control, evaluate, finding_of, people, write_csv

# The score is the income: 40 of 50 of one group and 20 of 50 of the other have 1, which is favourable.
DATA = people(("a", 1, 40), ("a", 0, 10), ("b", 1, 20), ("b", 0, 30), header=("group", "income"))
COLUMNS = {
    "score": {"from": "model", "kind": "value"},
    "decision": {"from": "score", "favourable": {"at_least": 1}},
    "groups": {"group": {"column": "group"}},
}
FEATURES = [{"name": "income"}]


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["dataframe_split"]["data"]
        scores = [row[0] for row in rows][: self.server.most]
        data = json.dumps({"predictions": scores}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *told):
        pass


@pytest.fixture
def service():
    server = HTTPServer(("127.0.0.1", 0), Service)
    server.most = 10**6
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def audited(tmp_path, identity, **more):
    identity = {"id": "model", "name": "Model", "version": "1", **identity}
    data, manifest = write_csv(tmp_path / "data.csv", *DATA), {"identity": identity, "features": FEATURES}
    free = control("FREE", check="data.missing", criterion={"reported": True, "source": "house"})
    return evaluate(tmp_path, data, COLUMNS, control(), free, manifest=manifest, **more)


def test_scores_of_a_service_are_measured_and_the_record_says_who_was_asked(tmp_path, service):
    url = f"http://127.0.0.1:{service.server_address[1]}/invocations"
    result = audited(tmp_path, {"endpoint": {"url": url}}, engine=EngineOptions(connect=("127.0.0.1",)))
    (ratio,) = (each for each in finding_of(result).measured.estimates if each.group == "b" and each.headline)
    assert ratio.value == 0.5
    assert dict(result.audit.subject.summary)["Scores asked of"] == f"{url} (no digest)"
    assert [file.role for file in result.audit.subject.files] == ["manifest", "data.test"]


def test_a_service_that_answers_with_too_few_scores_is_an_error_of_the_controls_that_need_it_alone(tmp_path, service):
    service.most = 99
    url = f"http://127.0.0.1:{service.server_address[1]}/invocations"
    result = audited(tmp_path, {"endpoint": {"url": url}}, engine=EngineOptions(connect=("127.0.0.1",)))
    assert finding_of(result).outcome == "error"
    assert "answers with 99 scores for 100 rows" in finding_of(result).sentence
    assert finding_of(result, "FREE").outcome == "pass"


def test_no_service_is_asked_because_a_manifest_says_so(tmp_path, service):
    url = f"http://127.0.0.1:{service.server_address[1]}/invocations"
    with pytest.raises(DataError) as error:
        audited(tmp_path, {"endpoint": {"url": url}})
    assert url in error.value.what
    assert "--connect" in error.value.hint


def test_a_function_stands_in_for_the_model_and_the_record_says_so(tmp_path):
    pickle = {"artefact": {"path": "absent.joblib", "format": "joblib"}}
    result = audited(tmp_path, pickle, engine=EngineOptions(scorer=lambda frame: 1 - frame.income))
    (ratio,) = (e for e in finding_of(result).measured.estimates if e.group == "a" and e.headline)
    assert ratio.value == pytest.approx(1 / 3)
    assert "a Python function" in dict(result.audit.subject.summary)["Scores asked of"]
