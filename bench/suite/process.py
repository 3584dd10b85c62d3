"""The processes that are measured: nginx, tapes, the reference; their CPU time and memory from /proc."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

ANSWER = (
    '{"id":"chatcmpl-B3nchmark0123456789","object":"chat.completion","created":1767322981,'
    '"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":'
    '"It is one of many turns that show how much recording costs.","refusal":null,"annotations":[]},'
    '"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":21,"completion_tokens":13,'
    '"total_tokens":34,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},'
    '"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,'
    '"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_bench00001"}')

NGINX = """daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  {body}
}}
"""

UPSTREAM = "server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{answer}'; }} }}"

#: Reads the whole request before it answers, as those do that answer what was asked. The one above answers the head: a body
#: that comes in a packet of its own may still be on its way then, and the exchange is recorded without it.
READING_UPSTREAM = """server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    client_body_buffer_size 16m;
    location / {{
      proxy_pass http://127.0.0.1:{port}/answer/;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }}
    location /answer/ {{ return 200 '{answer}'; }}
  }}"""

PROXY = """upstream origin {{ server 127.0.0.1:{origin}; keepalive 128; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_read_timeout 600s;
      {more}
    }}
  }}"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_until(what, seconds, why):
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > deadline:
            raise RuntimeError(why)
        time.sleep(0.01)


def listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Process:
    """One started program with its children; ended by pid."""

    def __init__(self, name, command, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.name, self.port, self.log = name, None, directory / "log"
        with open(self.log, "wb") as out:
            self.child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT, cwd=directory)

    def alive(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")
        return True

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def wait_for_port(self, port):
        wait_until(lambda: self.alive() and listening(port), 15, f"{self.name} does not listen:\n{self.tail()}")
        self.port = port

    def pids(self):
        found = [self.child.pid]
        for pid in found:
            try:
                found += [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            except FileNotFoundError:
                pass
        return found

    def cpu(self):
        """CPU seconds of all threads, with those of children."""
        return sum(cpu_of(pid) for pid in self.pids())

    def cpu_when_idle(self, limit=3.0):
        """The same, once the work that a load left behind (commits, checkpoints) is done too."""
        deadline, last = time.monotonic() + limit, self.cpu()
        while time.monotonic() < deadline:
            time.sleep(0.2)
            now = self.cpu()
            if now - last < 0.002:
                return now
            last = now
        return last

    def memory(self, field="VmRSS"):
        total = 0
        for pid in self.pids():
            found = re.search(rf"{field}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
            total += int(found.group(1)) * 1024
        return total

    def stop(self, seconds=40):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode


def cpu_of(pid):
    try:
        # The CPU clock of another process: nanoseconds, where /proc/PID/stat counts in ticks of 10 ms.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def nginx(name, directory, body, **values):
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    text = NGINX.format(directory=directory, body=body.format(port=port, **values))
    (directory / "nginx.conf").write_text(text)
    made = Process(name, ["/usr/sbin/nginx", "-p", directory, "-e", directory / "error.log",
                          "-c", directory / "nginx.conf"], directory)
    made.wait_for_port(port)
    return made


def nginx_upstream(directory):
    return nginx("nginx as upstream", directory, UPSTREAM, answer=ANSWER)


def nginx_reading_upstream(directory):
    return nginx("nginx as upstream", directory, READING_UPSTREAM, answer=ANSWER)


def nginx_proxy(directory, origin, streams=False):
    more = "proxy_buffering off;" if streams else ""
    return nginx("nginx", directory, PROXY, origin=origin, more=more)


def mock_upstream(binary, directory):
    made = Process("mock", [binary, "serve", "mock", "--listen", "127.0.0.1:0"], directory)
    made.port = wait_until(lambda: made.alive() and port_in(made.log, "listening on"), 10, "the mock does not start")
    return made


def port_in(log, words):
    found = re.search(re.escape(words) + r" http://127\.0\.0\.1:(\d+)", log.read_text(errors="replace"))
    return int(found.group(1)) if found else None


class Tapes(Process):
    """`tapes serve proxy` with default settings, and what it says of itself."""

    def __init__(self, binary, directory, origin, *more):
        self.store = directory / "tapes.sqlite"
        self.answered = 0  # by clients' count
        super().__init__("tapes", [binary, "serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen",
                                   "127.0.0.1:0", "--upstream", f"http://127.0.0.1:{origin}", "--provider",
                                   "openai", "--sqlite", self.store, *more], directory)
        why = "tapes does not start"
        self.admin = wait_until(lambda: self.alive() and port_in(self.log, "admin listening on"), 20, why)
        self.port = wait_until(lambda: self.alive() and port_in(self.log, "proxy listening on"), 20, why)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))}


def reference(binary, directory, origin):
    port = free_port()
    made = Process("reference", [binary, "serve", "proxy", "--listen", f"127.0.0.1:{port}", "--upstream",
                                 f"http://127.0.0.1:{origin}", "--provider", "openai", "--sqlite",
                                 directory / "reference.sqlite"], directory)
    made.store = directory / "reference.sqlite"
    made.wait_for_port(port)
    return made


def quantile(before, after, name, part):
    """A quantile in seconds of what a histogram counted between two looks; linear within a bucket."""
    found = []
    for key, value in after.items():
        match = re.fullmatch(rf'{name}_bucket{{le="(.+)"}}', key)
        if match:
            found.append((float(match.group(1).replace("+Inf", "inf")), value - before.get(key, 0)))
    found.sort()
    wanted, low, below = found[-1][1] * part, 0.0, 0.0
    for edge, count in found:
        if count >= wanted and count > below:
            return low if edge == float("inf") else low + (edge - low) * (wanted - below) / (count - below)
        low, below = edge, count
    return low
