"""The service as a process of its own, asked over HTTP."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

import stance
from stance.question import Question
from stance.server.admission import Admission, cost_of
from stance.server.problems import ProblemError
from stance.types import Document
from tests.conftest import NEWS, ROOT
from tests.serving import Server, free_port

pytestmark = pytest.mark.enable_socket
SECRET = "Zwetschgenknoedel"
LIMITS = ("--body-bytes", "200000", "--items", "8", "--characters", "50000")


@pytest.fixture(scope="module")
def server(tiny_folder, tmp_path_factory):
    """Two workers on the tiny model."""
    log = tmp_path_factory.mktemp("serve") / "log"
    made = Server("--model", str(tiny_folder), "--workers", "2", *LIMITS, log=log)
    yield made
    made.stop()


def serve_command(*options, **environment):
    """Run the command until it ends by itself."""
    program = "from stance.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "serve", "--port", str(free_port()), *options],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def comparable(value):
    return json.loads(json.dumps(value))


def test_the_answer_is_that_of_the_library(server, tiny_folder):
    document = stance.load(tiny_folder).predict(NEWS)
    answer = server.post("/v1/predict", {"text": NEWS})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    expected = {key: value for key, value in document.to_dict().items() if key != "text"}
    assert answer.json == comparable(expected)
    assert Document.from_dict({"text": NEWS, **answer.json}) == document


@pytest.mark.parametrize("options", [{"mode": "rules"}, {"only_named": True}, {"explain": True}, {"kinds": ["direct"]}])
def test_options_reach_the_library(server, tiny_folder, options):
    given = {"actors": ["Russia", "Acme"], **options}
    document = stance.load(tiny_folder).predict(NEWS, **given)
    assert server.post("/v1/predict", {"text": NEWS, **given}).json["statements"] == comparable(
        document.to_dict()["statements"]
    )


def test_several_texts_are_a_list_and_one_that_is_too_long_fails_alone(server):
    answer = server.post("/v1/predict", {"texts": [NEWS, "x" * 50_001, ""]})
    assert answer.status == 200
    first, second, third = answer.json
    assert len(first["statements"]) == 4
    assert second["error"]["status"] == 413
    assert "50000" in second["error"]["detail"]
    assert third == {"language": None, "warnings": [], "statements": []}


def test_an_actor_of_the_callers_own(server):
    actor = {"name": "Our club", "aliases": {"en": ["Marta"]}}
    found = server.post("/v1/classify", {"statement": "We thank Marta.", "actors": [actor]}).json
    assert found["stances"]["Our club"]["mentions"] == [[9, 14]]


def test_classify_gives_one_or_a_list(server, tiny_folder):
    texts = ["We thank NATO.", "Russia must leave."]
    expected = [one.to_dict() for one in stance.load(tiny_folder).classify(texts, speakers=["A", None])]
    one = server.post("/v1/classify", {"statement": {"text": texts[0], "speaker": "A"}})
    several = server.post("/v1/classify", {"statements": [{"text": texts[0], "speaker": "A"}, texts[1]]})
    assert one.json == comparable(expected[0])
    assert several.json == comparable(expected)


def test_a_long_text_is_judged_in_parts_and_streamed_in_order(server):
    text = "\n".join(f"“Russia shelled town {n} in the night,” said Marta Kalnina." for n in range(60))
    whole = server.post("/v1/predict", {"text": text, "mode": "rules"}).json
    assert len(whole["statements"]) == 60
    answer = server.post("/v1/predict", {"text": text, "mode": "rules"}, Accept="application/x-ndjson")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    events = [json.loads(line) for line in answer.body.splitlines()]
    assert [event["event"] for event in events[:3]] == ["found", "progress", "judged"]
    assert events[-1] == {"event": "document", "document": whole}
    judged = {}
    for event in events:
        if event["event"] == "judged":
            judged.update(dict(enumerate(event["statements"], event["first"])))
    assert [judged[n] for n in range(60)] == whole["statements"]
    done = [event["done"] for event in events if event.get("stage") == "judge"]
    assert done == sorted(done)
    assert done[-1] == 60


def test_only_named_is_judged_in_parts_too(server, tiny_folder):
    lines = [f"“Russia shelled town {n} in the night,” said Marta Kalnina.\n\n“It rained,” he said." for n in range(40)]
    filler = "\n\nThe harbour was quiet in the morning. The ferries ran. Nobody came.\n\n"
    text = filler.join(lines)
    asked = {"mode": "rules", "only_named": True, "actors": ["Russia"]}
    document = stance.load(tiny_folder).predict(text, **asked)
    assert 24 < len(document.predictions) < 80
    assert server.post("/v1/predict", {"text": text, **asked}).json["statements"] == comparable(
        document.to_dict()["statements"]
    )


def test_a_worker_tells_how_far_it_has_searched():
    from stance.question import Question
    from stance.server.jobs import Found, Read
    from stance.server.worker import answer

    told = []
    found = answer(stance.load(), Read(NEWS * 20, Question.of(), 4, steps=True), told.append)
    assert isinstance(found, Found)
    assert len(told) > 3
    assert [(step.done, step.total) for step in told] == [(n, len(told)) for n in range(1, len(told) + 1)]


def test_what_is_asked_wrongly_is_told_with_what_to_do(server):
    cases = [
        ({}, 422, "give either text or texts"),
        ({"text": "a", "texts": ["b"]}, 422, "give either text or texts"),
        ({"texts": []}, 422, "texts"),
        ({"text": 5}, 422, "text"),
        ({"text": "a", "txt": "b"}, 422, "txt"),
        ({"text": "a", "actors": [""]}, 422, "empty"),
        ({"text": "a", "actors": []}, 422, "actor"),
        ({"text": "a", "actors": ["NATO"] * 101}, 422, "actors"),
        ({"text": "a", "language": "English"}, 422, "ISO"),
        ({"text": "a", "kinds": ["loud"]}, 422, "kinds"),
        ({"text": "a", "mode": "precise"}, 422, "tagger"),
        ({"text": "a", "mode": "loud"}, 422, "mode"),
        ({"text": "x" * 50_001}, 413, "50000"),
        ({"texts": ["x"] * 9}, 413, "8 items"),
        ({"text": "x" * 200_001}, 413, "200000 bytes"),
    ]
    for body, status, words in cases:
        answer = server.post("/v1/predict", body)
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), body
        told = answer.json
        assert words in told["detail"], told
        assert told["status"] == status
        assert told["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    assert server.post("/v1/classify", {"statements": ["a", " "]}).json["detail"].startswith("the statements at [1]")
    assert server.send("GET", "/nothing").json["detail"].startswith("there is no such path")
    assert server.send("PUT", "/v1/predict").status == 405


NASTY = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b'{"text": "a"',
    b"\xff\xfe{\x00}\x00",
    b'{"text": "\xff"}',
    b'{"text": "\\ud800"}',
    b'{"text": "a", "actors": ["\\udfff"]}',
    b'{"\\ud800": 1}',
    b'{"text": NaN}',
    b'{"text": 1e999999}',
    b'{"text": ' + b"9" * 10_000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"text": "a", "text": "b"}',
    b'{"text": "\\u0000\\u0001\\u202e\\ufffe"}',
    b'{"text": "a", "actors": [{"name": "x", "aliases": {"": [""]}}]}',
    b'{"text": "a", "actors": [{"name": "' + b"x" * 101 + b'"}]}',
    b'{"text": "a", "actors": ["NATO", "NATO"]}',
    b'{"text": "a", "actors": ["NATO", "OTAN"]}',
    b'{"text": "a", "actors": [{"name": "NATO", "wording": ""}]}',
    b'{"text": "a", "language": ""}',
    b'{"text": "a", "language": "\\u0000"}',
    b'{"text": "a", "only_named": "yes"}',
    b'{"statement": ""}',
    b'{"statement": "\\u200b"}',
    b'{"statement": {"text": " "}}',
    b'{"statement": {"text": "a", "speaker": "' + b"\\u00e9" * 10_000 + b'"}}',
    b'{"statement": "</s><s>[ACTOR]"}',
    b'{"text": "' + b"\\u201c" * 8_000 + b'"}',
    b'{"text": "' + b'\\"a\\" ' * 4_000 + b'", "mode": "rules"}',
    b'{"text": "' + b"\\ud83d\\ude00" * 4_000 + b'"}',
]


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/classify"])
def test_no_body_makes_the_service_fail(server, path):
    headers = {"Content-Type": "application/json"}
    for body in NASTY:
        answer = server.send("POST", path, body, headers)
        assert answer.status in {200, 400, 413, 422}, (body[:60], answer.status, answer.body[:300])
        assert answer.json is not None
    assert server.get("/ready").json == {"status": "ok", "workers": 2}


def test_other_types_and_compressed_bodies_are_refused(server):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert server.send("POST", "/v1/predict", b'{"text": "a"}', {"Content-Type": kind}).status == 415


def test_a_chunked_body_is_bounded_while_it_comes(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(
        "POST",
        "/v1/predict",
        body=(b"x" * 50_000 for _ in range(8)),
        headers={"Content-Type": "application/json"},
        encode_chunked=True,
    )
    assert connection.getresponse().status == 413


def test_logs_have_ids_and_no_text(server):
    answer = server.post("/v1/predict", {"text": f"“{SECRET} must leave,” he said."}, **{"X-Request-Id": "my-id.7"})
    assert answer.headers["x-request-id"] == "my-id.7"
    refused = server.post("/v1/predict", {"text": "a", "actors": [{"name": SECRET, "wording": SECRET * 20}]})
    assert refused.status == 422
    server.get(f"/{SECRET}?{SECRET}=1", **{"X-Request-Id": f"not an id {SECRET}"})
    time.sleep(0.3)
    log = server.log.read_text(encoding="utf-8")
    assert SECRET not in log
    mine = next(entry for entry in server.entries() if entry.get("request") == "my-id.7")
    assert (mine["route"], mine["status"], mine["method"]) == ("/v1/predict", 200, "POST")
    assert mine["milliseconds"] > 0


def test_metrics_count_by_route_and_not_by_what_callers_write(server):
    server.get("/no/such/path")
    text = server.get("/metrics").body.decode()
    assert 'stance_http_requests_total{route="other",status="404"}' in text
    assert 'stance_http_requests_total{route="/v1/predict",status="200"}' in text
    assert "no/such" not in text
    assert "stance_workers_ready 2.0" in text
    assert float(text.split("\nstance_jobs_total ")[1].split()[0]) > 0


def test_model_tells_the_limits(server):
    found = server.get("/v1/model").json
    assert found["limits"] == {"body_bytes": 200000, "items": 8, "characters": 50000, "seconds": 60.0}
    assert found["default_actors"] == ["NATO", "Russia", "DPRK", "China"]


def test_docs_ask_nobody_else(server):
    page = server.get("/docs").body.decode()
    assert "https://" not in page
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert server.get(f"/static-offline-docs/{name}").status == 200


def test_the_schema_is_the_committed_one(server):
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert server.get("/openapi.json").json == committed, (
        "write it anew: python -m stance.server.schema > docs/openapi.json"
    )


def test_headers_guard_the_page(server):
    answer = server.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert server.get("/page/../app.py").status == 404
    assert server.get("/page/__init__.py").status == 404


def test_a_worker_that_is_killed_takes_no_request_along(server):
    before = server.workers()
    assert len(before) == 2
    text = NEWS * 4
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(server.post, "/v1/predict", {"text": text}) for _ in range(40)]
        time.sleep(0.3)
        os.kill(before[0], signal.SIGKILL)
        assert {answer.result().status for answer in answers} == {200}
    end = time.monotonic() + 30
    while before[0] in server.workers() or server.get("/ready").json["workers"] < 2:
        assert time.monotonic() < end, "the worker is not replaced"
        time.sleep(0.2)
    assert len(server.workers()) == 2
    assert before[1] in server.workers()


def test_a_caller_who_leaves_takes_his_work_along(server):
    text = "\n".join(f"“Russia shelled town {n} in the night,” said Marta Kalnina." for n in range(500))
    body = json.dumps({"text": text, "explain": True}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/v1/predict", body=body, headers={"Content-Type": "application/json"})
    time.sleep(0.5)
    connection.close()
    end = time.monotonic() + 20
    while "stance_requests_inside 0.0" not in server.get("/metrics").body.decode():
        assert time.monotonic() < end, "the request of a caller who left goes on"
        time.sleep(0.1)


def test_keys_are_asked_for(tiny_folder, tmp_path):
    made = Server(
        "--model", str(tiny_folder), "--workers", "1", log=tmp_path / "log", environment={"STANCE_API_KEYS": "one,two"}
    )
    try:
        body = {"statement": "We thank NATO."}
        for headers in (
            {},
            {"Authorization": "Bearer three"},
            {"Authorization": "Basic one"},
            {"Authorization": "one"},
        ):
            answer = made.post("/v1/classify", body, **headers)
            assert answer.status == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        assert made.get("/v1/model").status == 401
        for key in ("one", "two"):
            assert made.post("/v1/classify", body, Authorization=f"Bearer {key}").status == 200
        for path in ("/", "/health", "/ready", "/metrics", "/docs"):
            assert made.get(path).status == 200
    finally:
        made.stop()


def test_a_stop_finishes_what_was_accepted(tiny_folder, tmp_path):
    made = Server("--model", str(tiny_folder), "--workers", "1", log=tmp_path / "log")
    workers = made.workers()
    answers = []
    body = {"text": "\n".join(f"“Russia shelled town {n},” said Marta Kalnina." for n in range(300)), "explain": True}
    thread = threading.Thread(target=lambda: answers.append(made.post("/v1/predict", body)))
    thread.start()
    while "stance_requests_inside 1.0" not in made.get("/metrics").body.decode():
        time.sleep(0.05)
    made.process.send_signal(signal.SIGTERM)
    thread.join(60)
    assert answers[0].status == 200
    assert len(answers[0].json["statements"]) == 300
    made.process.wait(20)
    made.stop()
    time.sleep(0.2)
    assert not [number for number in workers if os.path.exists(f"/proc/{number}")]


def test_a_full_service_says_when_to_come_back(tiny_folder, tmp_path):
    made = Server("--model", str(tiny_folder), "--workers", "1", "--queue", "2", log=tmp_path / "log")
    try:
        body = {
            "text": "\n".join(f"“Russia shelled town {n},” said Marta Kalnina." for n in range(100)),
            "explain": True,
        }
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: made.post("/v1/predict", body), range(6)))
        refused = [answer for answer in answers if answer.status == 429]
        assert {answer.status for answer in answers} == {200, 429}
        assert len(refused) >= 3
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert made.post("/v1/classify", {"statement": "We thank NATO."}).status == 200
    finally:
        made.stop()


def test_a_request_has_a_time_limit(tiny_folder, tmp_path):
    made = Server("--model", str(tiny_folder), "--workers", "1", "--seconds", "0.5", log=tmp_path / "log")
    try:
        body = {
            "text": "\n".join(f"“Russia shelled town {n},” said Marta Kalnina." for n in range(400)),
            "explain": True,
        }
        answer = made.post("/v1/predict", body)
        assert answer.status == 504
        assert "0.5 s" in answer.json["detail"]
        streamed = made.post("/v1/predict", body, Accept="application/x-ndjson")
        assert json.loads(streamed.body.splitlines()[-1])["problem"]["status"] == 504
        assert made.post("/v1/classify", {"statement": "We thank NATO."}).status == 200
    finally:
        made.stop()


def test_wrong_options_end_with_words(tmp_path):
    missing = serve_command("--model", str(tmp_path))
    assert missing.returncode == 2
    assert "stance.json" in missing.stderr
    closed = serve_command(STANCE_API_KEYS=" , ")
    assert closed.returncode == 2
    assert "STANCE_API_KEYS" in closed.stderr
    assert serve_command("--seconds", "0").returncode == 2


def test_without_the_extra_the_command_names_it():
    program = "import sys; sys.modules['fastapi'] = None\nfrom stance.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, "serve"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'quote-stance[serve]'" in done.stderr


def test_a_folder_that_is_away_for_a_moment_does_not_end_the_service(tiny_folder, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    made = Server("--model", str(folder), "--workers", "1", log=tmp_path / "log")
    try:
        folder.rename(tmp_path / "away")
        os.kill(made.workers()[0], signal.SIGKILL)
        end = time.monotonic() + 30
        while "a worker cannot open the model" not in made.log.read_text(encoding="utf-8"):
            assert time.monotonic() < end, "the folder is not missed"
            time.sleep(0.1)
        (tmp_path / "away").rename(folder)
        assert made.post("/v1/classify", {"statement": "We thank NATO."}).status == 200
    finally:
        made.stop()


def test_a_model_that_cannot_be_opened_ends_the_command(tiny_folder, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    for path in (folder / "onnx").iterdir():
        path.write_bytes(path.read_bytes()[:1000])
    done = serve_command("--model", str(folder))
    assert done.returncode == 2
    assert "stance: ONNX Runtime" in done.stderr


def test_a_port_in_use_is_told(server):
    done = serve_command("--port", str(server.port))
    assert done.returncode == 2
    assert f"127.0.0.1:{server.port}" in done.stderr
    assert "in use" in done.stderr


def test_head_is_answered_and_nothing_redirects(server):
    for path in ("/", "/health", "/ready"):
        answer = server.send("HEAD", path)
        assert (answer.status, answer.body) == (200, b"")
    assert server.post("/v1/predict/", {"text": "a"}).status == 404


def test_a_million_wrong_items_are_told_at_once():
    from pydantic import ValidationError

    from stance.server.schemas import ClassifyRequest, PredictRequest

    bodies = [
        (PredictRequest, {"texts": [0] * 1_000_000}),
        (ClassifyRequest, {"statements": [0] * 1_000_000}),
        (PredictRequest, {str(number): 0 for number in range(1_000_000)}),
        (PredictRequest, {"text": "a", "actors": [{"name": "A", "aliases": {"en": [0] * 1_000_000}}]}),
        (PredictRequest, {"text": "a", "actors": [{"name": "A", "aliases": {str(n): 0 for n in range(1_000_000)}}]}),
        (PredictRequest, {"text": "a", "kinds": [0] * 1_000_000}),
    ]
    for model, body in bodies:
        start = time.monotonic()
        with pytest.raises(ValidationError) as caught:
            model.model_validate(body)
        assert caught.value.error_count() <= 5
        assert time.monotonic() - start < 1


def test_too_many_aliases_are_refused(server):
    actors = [{"name": f"A{n}", "aliases": {"en": [f"a{n} {m}" for m in range(11)]}} for n in range(100)]
    assert "1100 aliases" in server.post("/v1/classify", {"statement": "We.", "actors": actors}).json["detail"]


@pytest.mark.slow
def test_a_caller_who_does_not_read_gives_his_place_back(tiny_folder, tmp_path):
    made = Server("--model", str(tiny_folder), "--workers", "1", "--seconds", "1", log=tmp_path / "log")
    try:
        text = "\n".join(f"“Russia shelled town {n},” said Marta Kalnina." for n in range(300))
        body = json.dumps({"text": text, "mode": "rules"}).encode()
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect(("127.0.0.1", made.port))
        head = (
            "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Accept: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        sleeper.sendall(head.encode() + body)
        time.sleep(8)
        assert "stance_requests_inside 0.0" in made.get("/metrics").body.decode()
        sleeper.close()
    finally:
        made.stop()


class TestAdmission:
    def made(self, **options):
        return Admission(**{"queue": 4, "wait": 5.0, "seconds": 60.0, "processes": 2, **options})

    def test_the_number_of_requests_is_bounded(self):
        admission = self.made()
        with ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(admission.admit(1.0))
            with pytest.raises(ProblemError) as caught, admission.admit(1.0):
                pass
        assert (caught.value.status, caught.value.retry_after) == (429, 1)
        assert (admission.inside, admission.refused) == (0, 1)

    def test_the_wait_is_bounded_by_what_was_measured(self):
        admission = self.made(queue=1000)
        for _ in range(200):
            admission.measured(1000.0, 0.5)  # 2,000 characters a second and process
        with ExitStack() as stack:
            count = 0
            with suppress(ProblemError):
                while True:
                    stack.enter_context(admission.admit(10_000.0))
                    count += 1
            # 5 s of two processes are 20,000 characters; one more is let in at exactly that.
            assert count == 3
            assert admission.expected_wait(10_000.0) == pytest.approx(7.5, rel=1e-3)

    def test_one_large_request_does_not_shut_the_others_out(self):
        admission = self.made()
        with admission.admit(12_000_000.0), admission.admit(100.0):
            with pytest.raises(ProblemError) as caught, admission.admit(12_000_000.0):
                pass
            assert caught.value.retry_after == 60

    def test_cost_grows_with_what_is_asked(self):
        plain = cost_of(1000, Question.of())
        assert cost_of(1000, Question.of(mode="rules")) < plain < cost_of(1000, Question.of(explain=True))
        assert cost_of(1000, Question.of(actors=[f"A{n}" for n in range(80)])) == 10 * plain


@pytest.mark.slow
def test_schemathesis_finds_no_failure(server, tmp_path):
    """Requests made from the schema, right and wrong ones: no answer of 500, and each as the schema says."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
            *(
                "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            ),
            *("--max-examples", "60", "--seed", "1", "--request-timeout", "30"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
