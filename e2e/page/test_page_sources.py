"""The page's sources fit the program: its types of the read API, and the size of what a browser loads."""
import gzip
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.request

from harness.browser import ROOT, ask, base_of
from harness.wire import wait_until

WEB = ROOT / "web"
LARGEST_BUNDLE = 250 * 1024


def npm(*arguments, environment=None):
    done = subprocess.run(["npm", "run", "--silent", *arguments], cwd=WEB, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=180, env={**os.environ, **(environment or {})})
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_those_of_the_programs_own_document(recorded, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(ask(recorded, "/openapi.json")))
    done = subprocess.run([WEB / "node_modules/.bin/openapi-typescript", tmp_path / "openapi.json", "--output", tmp_path / "types.ts",
                           "--alphabetize"], cwd=WEB, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    if os.environ.get("TAPES_UPDATE_TYPES"):
        shutil.copy(tmp_path / "types.ts", WEB / "src/api/types.ts")
    assert (tmp_path / "types.ts").read_text() == (WEB / "src/api/types.ts").read_text(), "make web-types makes them anew"


def test_the_bundle_has_250_kb_at_most_compressed(tmp_path):
    npm("build", "--", str(tmp_path / "dist"))
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in (tmp_path / "dist").rglob("*") if path.is_file()}
    assert len(sizes) > 10 and sum(sizes.values()) <= LARGEST_BUNDLE, sorted(sizes.items(), key=lambda item: -item[1])
    assert not [name for name in sizes if pathlib.Path(name).suffix not in (".js", ".css", ".html", ".svg", ".png", ".ico", ".webmanifest")]


def test_the_lock_file_names_no_registry():
    lock = json.loads((WEB / "package-lock.json").read_text())
    assert not [name for name, one in lock["packages"].items() if "resolved" in one]
    assert all("integrity" in one for name, one in lock["packages"].items() if name)


def test_the_sources_are_served_while_somebody_works_on_them(recorded):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(["node", "dev.mjs"], cwd=WEB, stdin=subprocess.DEVNULL, env={
        **os.environ, "PORT": str(port), "TAPES": base_of(recorded), "TAPES_TOKEN_FILE": f"{recorded.store.path}.token"})

    def fetched(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                return answer.read().decode()
        except OSError:
            return ""
    try:
        script = wait_until(lambda: re.search(r'src="(/assets/[^"]+\.js)"', fetched("/")), 60, "the page of the sources")[1]
        assert "sourceMappingURL" in fetched(script)
        # What is no file of the page comes from the process.
        assert json.loads(fetched("/v1/sessions"))["sessions"]
    finally:
        server.terminate()
        server.wait(20)

