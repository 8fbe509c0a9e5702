"""A real server on this machine, which answers as the path of its address says."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from assay.errors import DataError
from assay.record.pipeline import ScoringService
from assay.subject import endpoint
from assay.subject.endpoint import EndpointScorer
from assay.subject.inputs import Input
from assay.subject.origins import Unsupported
from assay.subject.scorer import ModelFailure

INPUTS = (
    Input("age", np.array([30.0, np.nan, 50.0])),
    Input("home", np.array([1, -1, 0], "int32"), ("own", "rent")),
)
SCORES = [0.25, 0.5, 0.75]


class Handler(BaseHTTPRequestHandler):
    """`/answer` gives the text that the server holds; the other paths are ways to go wrong."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        path = self.path.split("?")[0]
        if path == "/answer":
            self.reply(200, self.server.answer)
        elif path == "/first-lost" and len(self.server.asked) > 2:
            self.reply(200, json.dumps({"predictions": SCORES}))
        elif path in ("/lost", "/first-lost"):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/answer")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/silent":
            self.server.over.wait(20)
        elif path == "/slow":
            self.drip()
        elif path == "/endless":
            self.reply(200, "[" + "1," * 1_000_000)
        elif path == "/no-http":
            self.wfile.write(b"hello\r\n\r\n")
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"predictions"')
            self.close_connection = True
        elif path.startswith("/status/"):
            self.reply(int(path.rsplit("/", 1)[1]), "secret insides of the service")

    def drip(self):
        self.send_response(200)
        self.end_headers()
        try:
            while not self.server.over.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:
            return

    def reply(self, status, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            return

    def log_message(self, *told):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.handle_error = lambda *told: None  # a connection that the test cuts
    made.asked, made.answer, made.over = [], json.dumps({"predictions": SCORES}), threading.Event()
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.over.set()
    made.shutdown()
    made.server_close()


def scorer(server, path="/answer", *, seconds=20.0, **options):
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    return EndpointScorer(ScoringService(url=url, **options), "model.yaml:3:3", seconds=seconds)


def test_the_protocol_of_mlflow_is_spoken(server):
    np.testing.assert_array_equal(scorer(server, "/answer?version=2").score(INPUTS, 1), SCORES)
    ((path, headers, body),) = server.asked
    assert path == "/answer?version=2"
    assert body == {
        "dataframe_split": {"columns": ["age", "home"], "data": [[30.0, "rent"], [None, None], [50.0, "own"]]}
    }
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers


def test_the_plain_protocol_gives_a_number_for_each_class(server):
    server.answer = json.dumps({"scores": [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [1, 0, 0]]})
    asked = scorer(server, protocol="plain", classes=("a", "b", "c"))
    np.testing.assert_array_equal(asked.score(INPUTS, "c"), [0.5, 0.7, 0.0])
    assert server.asked[0][2] == {"columns": ["age", "home"], "rows": [[30.0, "rent"], [None, None], [50.0, "own"]]}
    with pytest.raises(DataError, match="no class 'd': its classes are 'a', 'b', 'c'"):
        asked.score(INPUTS, "d")
    with pytest.raises(DataError, match="gives 3 numbers for a row, and the manifest declares 2 classes"):
        scorer(server, protocol="plain", classes=("a", "b")).score(INPUTS, "a")


def test_rows_go_in_batches_and_come_back_in_their_order(server, monkeypatch):
    monkeypatch.setattr(endpoint, "BATCH", 2)
    server.answer = json.dumps({"predictions": [0.5, 0.25]})
    four = (Input("age", np.arange(4.0)),)
    np.testing.assert_array_equal(scorer(server).score(four, 1), [0.5, 0.25, 0.5, 0.25])
    assert [body["dataframe_split"]["data"] for _, _, body in server.asked] == [[[0.0], [1.0]], [[2.0], [3.0]]]


def test_the_token_is_sent_and_no_message_holds_it(server, monkeypatch):
    monkeypatch.setenv("ASSAY_SCORING_TOKEN", "s3cret")
    with pytest.raises(ModelFailure, match="answers with status 401") as error:
        scorer(server, "/status/401", token="ASSAY_SCORING_TOKEN").score(INPUTS, 1)
    assert server.asked[0][1]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in str(error.value)
    assert "insides" not in str(error.value)


@pytest.mark.parametrize(
    ("value", "told"), [(None, "is not set"), ("", "is not set"), ("a\nX-Evil: 1", "holds no token")]
)
def test_a_variable_without_a_token_is_an_error_that_does_not_show_it(server, monkeypatch, value, told):
    monkeypatch.delenv("ASSAY_SCORING_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("ASSAY_SCORING_TOKEN", value)
    with pytest.raises(DataError, match=f"the environment variable ASSAY_SCORING_TOKEN {told}") as error:
        scorer(server, token="ASSAY_SCORING_TOKEN")
    assert "Evil" not in str(error.value)


@pytest.mark.parametrize(("answer", "told"), [
    ("no json", "something else than JSON"),
    ("[" * 50_000, "something else than JSON"),
    ('{"predictions": [0.1, NaN, 0.2]}', "something else than JSON"),
    ('{"predictions": [0.1, 1e999, 0.2]}', "a number that is not finite"),
    ('{"predictions": [0.1, 1' + "0" * 400 + ", 0.2]}", "a number that is not finite"),
    ("[0.1, 0.2, 0.3]", "without a list `predictions`"),
    ('{"scores": [0.1, 0.2, 0.3]}', "without a list `predictions`"),
    ('{"predictions": {"0": 0.1}}', "without a list `predictions`"),
    ('{"predictions": [0.1, 0.2]}', "2 scores for 3 rows"),
    ('{"predictions": []}', "0 scores for 3 rows"),
    ('{"predictions": ["yes", "no", "no"]}', "a text where a number is due"),
    ('{"predictions": [true, false, true]}', "a truth value where a number is due"),
    ('{"predictions": [0.1, null, 0.2]}', "null where a number is due"),
    ('{"predictions": [{"0": 1}, {"0": 1}, {"0": 1}]}', "a mapping where a number is due"),
    ('{"predictions": [[[0.1], 0.2], [0.1, 0.2], [0.1, 0.2]]}', "a list where a number is due"),
    ('{"predictions": [[0.1, 0.9], [0.1], [0.1, 0.9]]}', "rows of different shapes"),
    ('{"predictions": [[0.1, 0.9], 0.1, 0.2]}', "rows of different shapes"),
    ('{"predictions": [0.1, [0.1, 0.9], 0.2]}', "a list where a number is due"),
])  # fmt: skip
def test_an_answer_that_is_no_score_for_each_row_is_a_failure_of_the_model(server, answer, told):
    server.answer = answer
    with pytest.raises(ModelFailure, match=told) as error:
        scorer(server).score(INPUTS, 1)
    assert error.value.where == "model.yaml:3:3"
    assert f"http://127.0.0.1:{server.server_address[1]}/answer answers with" in error.value.what


@pytest.mark.parametrize(("path", "told"), [
    ("/elsewhere", "status 302: a redirect is not followed"),
    ("/status/500", "answers with status 500"),
    ("/status/204", "answers with status 204"),
    ("/endless", "more than 77,824 bytes"),
    ("/no-http", "cannot be asked: hello"),
    ("/short", "ends in the middle of its answer"),
])  # fmt: skip
def test_an_answer_that_cannot_be_read_is_a_failure_and_is_not_asked_for_again(server, path, told):
    with pytest.raises(ModelFailure, match=told):
        scorer(server, path).score(INPUTS, 1)
    assert len(server.asked) == 1


@pytest.mark.parametrize("path", ["/silent", "/slow"])
def test_a_service_that_takes_too_long_is_left_even_if_it_sends_a_byte_now_and_then(server, path):
    began = time.monotonic()
    with pytest.raises(ModelFailure, match=r"took longer than 0.4 s"):
        scorer(server, path, seconds=0.4).score(INPUTS, 1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("host", ["a..b", "a" * 70, "a." * 200 + "b"])
def test_a_name_that_no_resolver_takes_is_a_failure_and_no_crash(host):
    service = ScoringService.model_construct(url=f"https://{host}/x")  # as if the record had let it through
    with pytest.raises(ModelFailure, match=r"cannot be (asked|reached)"):
        EndpointScorer(service, "model.yaml:3:3", seconds=20).score(INPUTS, 1)


def test_a_lost_connection_is_tried_again_and_given_up_after_three(server, monkeypatch):
    monkeypatch.setattr(endpoint, "PAUSE", 0.01)
    np.testing.assert_array_equal(scorer(server, "/first-lost").score(INPUTS, 1), SCORES)
    assert len(server.asked) == 3
    server.asked.clear()
    with pytest.raises(ModelFailure, match="cannot be reached"):
        scorer(server, "/lost").score(INPUTS, 1)
    assert len(server.asked) == 3


def test_nobody_at_the_address_is_a_failure(server, monkeypatch):
    monkeypatch.setattr(endpoint, "PAUSE", 0.01)
    server.shutdown()
    server.server_close()
    with pytest.raises(ModelFailure, match="cannot be reached: Connection refused"):
        scorer(server).score(INPUTS, 1)


def test_an_infinite_number_cannot_be_asked_for_and_there_are_no_attributions(server):
    with pytest.raises(ModelFailure, match="'age' holds an infinite number"):
        scorer(server).score((Input("age", np.array([np.inf])),), 1)
    with pytest.raises(Unsupported, match="model behind an address"):
        scorer(server).attributions(INPUTS, 1, None)
