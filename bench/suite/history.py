"""Long conversations: what a turn costs when its history is known, in processor time and in database bytes."""
import contextlib
import http.client
import http.server
import json
import random
import threading

from . import load, process
from .measure import alternate, loaded, say, stop

TURNS = 200
TEXT_BYTES = 2500  # of a question, and of an answer: a turn is about 5 KB
CONNECTIONS = 8


def measure(bench):
    return {"known": known(bench), "stored": stored(bench)}


def known(bench):
    """Row 3: a new question behind 1 MB of history."""
    quick = bench.options.quick
    say("turns on 1 MB of known history")
    origin = bench.start(process.nginx_upstream, bench.work / "history-origin")
    subjects = bench.subjects("history", origin.port, with_reference=False)

    def work(one):
        return load.wrk(one.port, 2 if quick else 4, "turn", script="history.lua", connections=CONNECTIONS)

    for one in subjects:
        loaded(one, lambda one=one: work(one))
    out = {"closed_loop": alternate(subjects, 2 if quick else 4, work)}
    stop(subjects, out)
    origin.stop()
    return out


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers with words nobody said before."""
    protocol_version = "HTTP/1.1"
    random = random.Random(11)
    words = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 9))) for _ in range(3000)]

    @classmethod
    def text(cls):
        said = []
        while sum(map(len, said)) + len(said) < TEXT_BYTES:
            said.append(cls.random.choice(cls.words))
        return " ".join(said)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"id": f"chatcmpl-{self.random.getrandbits(64):x}", "object": "chat.completion", "created": 1,
                           "model": "gpt-4o-2024-08-06", "choices": [
                               {"index": 0, "message": {"role": "assistant", "content": self.text(), "refusal": None},
                                "logprobs": None, "finish_reason": "stop"}],
                           "usage": {"prompt_tokens": 1000, "completion_tokens": 600, "total_tokens": 1600}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def stored(bench):
    """Database bytes of one conversation, against what was new with each turn."""
    say(f"a conversation of {TURNS} turns")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    directory = bench.work / "conversation"
    empty = bench.start(process.Tapes, bench.options.tapes, directory / "empty", server.server_port)
    empty.stop()
    tapes = bench.start(process.Tapes, bench.options.tapes, directory / "full", server.server_port)
    messages, requests, new, answers = [], 0, 0, 0
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", tapes.port)) as client:
        for _ in range(TURNS):
            messages.append({"role": "user", "content": Answers.text()})
            body = json.dumps({"model": "gpt-4o", "messages": messages}).encode()
            client.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
            answer = client.getresponse().read()
            requests += len(body)
            answers += len(answer)
            new += sum(len(json.dumps(one)) for one in messages[-2:]) + len(answer)
            said = json.loads(answer)["choices"][0]["message"]
            messages.append({"role": "assistant", "content": said["content"]})
    tapes.answered = TURNS
    out = {"turns": TURNS, "request_bytes": requests, "answer_bytes": answers, "new_bytes": new}
    stop([tapes], out)
    server.shutdown()
    out["database_bytes"] = tapes.store.stat().st_size - empty.store.stat().st_size
    return out
