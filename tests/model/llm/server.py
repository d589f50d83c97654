"""A server of this process that speaks as OpenAI's does: what it answers follows from the post, or from a script."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from emtract.emotions import EMOTIONS


def seven(**given):
    """Seven numbers: those given, and what is left of one for neutral."""
    told = dict.fromkeys(EMOTIONS, 0.0) | given
    return told | {"neutral": told["neutral"] or 1 - sum(given.values())}


def completion(content, *, finish="stop", refusal=None, usage=(400, 60)):
    """What a server sends back, as bytes."""
    told = {
        "id": "x",
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
            }
        ],
    }
    if usage:
        told["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return json.dumps(told).encode()


def moody(post):
    """A model that knows two words."""
    if "moon" in post:
        return seven(happy=0.8)
    return seven(fear=0.7) if "crash" in post else seven(neutral=1.0)


class FakeServer:
    """Answers `moody` to every post; `scripted` answers are given first, `for_post` where a post holds a word."""

    def __init__(self):
        self.requests, self.scripted, self.for_post, self.lock = [], [], {}, threading.Lock()
        self.url = ""

    def answer(self, path, headers, body):
        """Status, headers and bytes, or a function that is handed the handler."""
        with self.lock:
            self.requests.append((path, dict(headers), body))
            if self.scripted:
                return self.scripted.pop(0)
        post = json.loads(body["messages"][1]["content"])["post"]
        for word, said in self.for_post.items():
            if word in post:
                return said
        return 200, {}, completion(json.dumps(moody(post)))

    @property
    def posts(self):
        """Posts that were asked, in order."""
        return [json.loads(body["messages"][1]["content"])["post"] for _, _, body in self.requests]


@contextmanager
def serving():
    """Give a server that answers on this machine until the block ends."""
    fake = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = fake.answer(self.path, self.headers, body)
            if callable(said):
                said(self)
                return
            status, headers, raw = said
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(raw))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        fake.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
