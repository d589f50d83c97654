import json
import time

import pytest

from emtract.annotator import LlmSettings
from emtract.errors import ModelError
from emtract.model.llm import client as module
from emtract.model.llm.answers import LONG
from emtract.model.llm.client import Client, read_address, read_key
from emtract.model.llm.prompt import request_body
from tests.model.llm.server import completion, seven

BODY = request_body("m", "to the moon", LlmSettings())
GOOD = 200, {}, completion(json.dumps(seven(happy=1)))


def client(**settings):
    waits = []
    asked = Client(LlmSettings(**{"timeout": 5.0, "retries": 3} | settings), sleep=waits.append)
    return asked, waits


def test_a_good_answer_is_read_and_the_key_is_sent(server, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-1\n")
    asked, _ = client(key_variable="MY_KEY")
    answer = asked.ask(BODY)
    assert answer.probabilities == pytest.approx((0.2, 0.8, 0, 0, 0, 0, 0)) and answer.tokens_in == 400
    ((path, headers, body),) = server.requests
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer sk-1"
    assert body == json.loads(BODY)


def test_no_key_is_sent_where_there_is_none(server):
    client()[0].ask(BODY)
    assert "Authorization" not in server.requests[0][1]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again_after_longer_and_longer_waits(server, status):
    server.scripted = [(status, {}, b"busy"), (status, {}, b"busy"), GOOD]
    asked, waits = client()
    assert asked.ask(BODY).probabilities and waits == [1, 2]
    assert asked.repeats.told() == (f"requests that were repeated: 2 (status {status} 2 times), after 3 s of waiting",)


def test_a_server_says_how_long_to_wait_within_reason(server):
    waits_asked = ["7", "100000", "Fri, 31 Dec 1999 23:59:59 GMT", "-3"]
    server.scripted = [(429, {"Retry-After": wait}, b"") for wait in waits_asked] + [GOOD]
    asked, waits = client(retries=4)
    assert asked.ask(BODY).probabilities and waits == [7, 120, 4, 8]


def test_a_cut_answer_is_asked_again(server):
    server.scripted = [(200, {"Content-Length": "100000"}, GOOD[2][:50]), (200, {}, b'{"choices": []}'), GOOD]
    asked, _ = client()
    assert asked.ask(BODY).probabilities
    assert asked.repeats.reasons.total() == 2


def test_a_server_that_hangs_up_is_asked_again_once_it_has_answered(server):
    asked, _ = client()
    asked.ask(BODY)
    server.scripted = [lambda handler: handler.connection.close(), GOOD]
    assert asked.ask(BODY).probabilities and asked.repeats.reasons["a broken connection"] == 1


def dribble(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.05)


@pytest.mark.parametrize("slow", [lambda handler: time.sleep(0.6), dribble], ids=["silent", "dribbling"])
def test_a_slow_server_is_not_waited_for(server, slow):
    server.scripted = [slow, GOOD]
    asked, _ = client(timeout=0.3)
    started = time.monotonic()
    assert asked.ask(BODY).probabilities and time.monotonic() - started < 3
    assert asked.repeats.reasons["no answer in time"] == 1


def test_a_server_that_keeps_failing_ends_the_run(server):
    server.scripted = [(500, {}, b"")] * 4
    with pytest.raises(ModelError, match=r"gave status 500 4 times in a row; what it answered before is kept: run"):
        client()[0].ask(BODY)


def test_an_answer_without_end_is_refused(server, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ANSWER", 1_000)
    server.scripted = [(200, {}, b" " * 5_000)]
    assert client()[0].ask(BODY).reason == LONG


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_named_by_its_variable_alone(server, monkeypatch, status):
    monkeypatch.setenv("EMTRACT_LLM_KEY", "sk-secret")
    server.scripted = [(status, {}, b'{"error": "Incorrect API key provided: sk-secret"}')]
    with pytest.raises(ModelError, match=r"refuses the key .*variable EMTRACT_LLM_KEY") as caught:
        client()[0].ask(BODY)
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        (404, b"no model m", "check url and NAME"),
        (400, b"unknown field response_format", 'set json = "object" or "none"'),
        (308, b"", "the address it points to"),
    ],
    ids=["model", "form", "moved"],
)
def test_a_refusal_names_its_remedy_and_no_key(server, monkeypatch, status, said, remedy):
    monkeypatch.setenv("EMTRACT_LLM_KEY", "sk-secret")
    server.scripted = [(status, {"Location": "http://elsewhere/"}, said + b" for sk-secret\nsecond line")]
    with pytest.raises(ModelError, match=remedy) as caught:
        client()[0].ask(BODY)
    assert "sk-secret" not in str(caught.value) and "\n" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_told_at_once():
    asked, waits = client(url="http://127.0.0.1:9/v1")
    with pytest.raises(ModelError, match=r"cannot be reached .*start it, or give its address as url"):
        asked.ask(BODY)
    assert waits == []


def test_a_stopped_client_asks_nothing(server):
    asked, _ = client()
    asked.stop()
    with pytest.raises(ModelError):
        asked.ask(BODY)
    asked.start()
    assert asked.ask(BODY).probabilities and len(server.requests) == 1


@pytest.mark.parametrize(
    ("url", "path", "secure"),
    [
        ("http://localhost:8080/v1", "/v1/chat/completions", False),
        ("http://localhost:8080/v1/", "/v1/chat/completions", False),
        ("https://api.example.org/v1/chat/completions", "/v1/chat/completions", True),
    ],
)
def test_addresses(url, path, secure):
    found = read_address(url)
    assert (found.path, found.secure) == (path, secure)


@pytest.mark.parametrize(
    "url",
    [
        None, "", "localhost:8080", "ftp://x/v1", "file:///etc/passwd", "http://", "http://x:99999/v1", "http://me:pass@x/v1",
        "https://x/v1?key=1", "http://x/v1 HTTP/1.1", "http://x/\r\nHost: y", "http://[::1/v1",
    ],
)  # fmt: skip
def test_no_addresses(url):
    with pytest.raises(ModelError) as caught:
        read_address(url)
    assert "pass" not in str(caught.value)


def test_a_key_of_other_characters_is_refused_without_being_shown(monkeypatch):
    monkeypatch.setenv("K", "sk-\nsecret")
    with pytest.raises(ModelError) as caught:
        read_key("K")
    assert "secret" not in str(caught.value)
    monkeypatch.setenv("K", "")
    assert read_key("K") is None
