"""The page in a real browser: how soon a long session is there, how it scrolls, how soon what was committed is shown."""
import contextlib
import http.client
import json
import pathlib
import shutil
import sqlite3
import statistics
import time

from . import process
from .live import seconds_of
from .measure import say

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
SESSION = "long"
#: Tells when a transcript can be read. Runs before any script of the page, so that nothing is missed.
FIRST_SCREEN = """
const look = () => {
    const turn = document.querySelector("article.turn");
    if (turn === null || turn.innerText.length < 40) requestAnimationFrame(look);
    else setTimeout(() => { window.firstScreen = performance.now(); });
};
requestAnimationFrame(look);
"""
#: What a transcript scrolls in.
SCROLLER = """
window.scroller = () => {
    let one = document.querySelector("article.turn");
    while (one !== null && !(one.scrollHeight > one.clientHeight && /auto|scroll/.test(getComputedStyle(one).overflowY))) one = one.parentElement;
    return one ?? document.scrollingElement;
};
"""
SCROLL = """async (frames) => {
    const times = [], element = window.scroller();
    let last = performance.now();
    for (let frame = 0; frame < frames; ++frame) {
        element.scrollTop += 400;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
    }
    return {times, top: element.scrollTop};
}"""
#: Notes when each "mark N." is shown first, in ms since the epoch.
WATCH = """() => {
    window.shown = {};
    const look = () => {
        for (const [, number] of document.querySelector("main").innerText.matchAll(/mark (\\d+)\\./g)) window.shown[number] ??= Date.now();
    };
    new MutationObserver(look).observe(document.querySelector("main"), {childList: true, subtree: true, characterData: true});
}"""

TO_THE_END = "void window.scroller().scrollTo(0, window.scroller().scrollHeight)"


class Talk:
    """A client that sends all that was said before with each question."""

    def __init__(self, subject, session):
        self.line = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=60)
        self.fields = {"Content-Type": "application/json", "session_id": session}
        self.history = []

    def ask(self, text):
        self.history.append({"role": "user", "content": text})
        body = json.dumps({"model": "gpt-4o", "messages": self.history})
        self.line.request("POST", "/v1/chat/completions", body, self.fields)
        answer = self.line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a turn failed with {answer.status}: {body[:200]}")
        self.history.append({"role": "assistant", "content": json.loads(body)["choices"][0]["message"]["content"]})


class Tab:
    """A context of its own, with nothing in its caches, that may read a process."""

    def __init__(self, browser, subject):
        token = pathlib.Path(f"{subject.store}.token").read_text().strip()
        self.base = f"http://127.0.0.1:{subject.admin}"
        self.context = browser.new_context(viewport={"width": 1280, "height": 800},
                                           extra_http_headers={"Authorization": f"Bearer {token}"})
        self.context.add_init_script(FIRST_SCREEN + SCROLLER)
        self.page = self.context.new_page()

    def open(self, address):
        """Goes there; the ms from the navigation's start until a transcript can be read."""
        self.page.goto(self.base + address, wait_until="commit")
        return process.wait_until(lambda: self.page.evaluate("window.firstScreen"), 60, f"{address} shows nothing")


def in_catalogue(subject, count):
    """Until so many turns can be found by their session's name."""
    token = pathlib.Path(f"{subject.store}.token").read_text().strip()

    def counted():
        line = http.client.HTTPConnection("127.0.0.1", subject.admin, timeout=30)
        line.request("GET", "/v1/usage", headers={"Authorization": f"Bearer {token}"})
        found = json.loads(line.getresponse().read())
        line.close()
        return found["total"]["exchanges"] >= count
    process.wait_until(counted, 120, "turns are missing in the catalogue")


def commits(store, session):
    """When each exchange of a session was committed, in ms since the epoch, in their order."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT committed_at FROM exchanges WHERE session = ? ORDER BY seq", (session,))
        return [seconds_of(moment) * 1000 for (moment,) in rows]


def follow(browser, subject, count):
    """How long after its commit a turn is shown in its session, in ms."""
    talk = Talk(subject, "live")
    talk.ask("mark 0.")
    in_catalogue(subject, 1)
    tab = Tab(browser, subject)
    tab.open("/s/live")
    tab.page.evaluate(WATCH)
    for number in range(1, count + 1):
        talk.ask(f"mark {number}.")
        time.sleep(0.15 + number % 7 * 0.05)
        tab.page.evaluate(TO_THE_END)
    process.wait_until(lambda: tab.page.evaluate(TO_THE_END) or tab.page.evaluate("number => number in window.shown", str(count)),
                       10, "the last turn is not shown")
    shown = tab.page.evaluate("window.shown")
    committed = commits(subject.store, "live")
    tab.context.close()
    times = sorted(shown[str(number)] - committed[number] for number in range(1, count + 1) if str(number) in shown)
    return {"turns": count, "seen": len(times), "p50_ms": statistics.median(times),
            "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)], "most_ms": times[-1]}


def measure(bench):
    from playwright.sync_api import sync_playwright
    quick = bench.options.quick
    turns, loads, frames = (200, 3, 60) if quick else (2_000, 10, 300)
    say(f"a session of {turns} turns in Chromium")
    origin = bench.start(process.nginx_reading_upstream, bench.work / "page-origin")
    subject = bench.start(process.Tapes, bench.options.tapes, bench.work / "page", origin.port)
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("chromium is missing: scripts/setup test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        live = follow(browser, subject, 20 if quick else 150)
        talk = Talk(subject, SESSION)
        for number in range(turns):
            talk.ask(f"Question {number}: what does `part_{number}` do, and which of its **callers** rely on it?")
        in_catalogue(subject, live["turns"] + 1 + turns)
        first, again, slow = [], [], []
        for _ in range(loads):
            tab = Tab(browser, subject)
            first.append(tab.open(f"/s/{SESSION}"))
            again.append(tab.open(f"/s/{SESSION}"))
            told = tab.page.evaluate(SCROLL, frames)
            if told["top"] < 400:
                raise RuntimeError("the session does not scroll")
            slow.append(sorted(told["times"]))
            tab.context.close()
        browser.close()
    subject.stop()
    origin.stop()
    return {"turns": turns, "loads": loads, "frames": frames, "live": live,
            "first_ms": statistics.median(first), "first_most_ms": max(first), "again_ms": statistics.median(again),
            "frame_ms": statistics.median(one[len(one) // 2] for one in slow),
            "longest_frame_ms": statistics.median(one[-1] for one in slow), "longest_of_all_ms": max(one[-1] for one in slow)}
