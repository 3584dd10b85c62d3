"""Debian's Chromium with the page of a process: each tab is watched, and nothing may leave this machine."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from playwright.sync_api import Playwright, sync_playwright

from .wire import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT_MS = 60_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none",
         "--disable-lcd-text", "--force-color-profile=srgb",
         # No name is looked up: a request to another host fails here, and is seen by the tab it comes from.
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts/truetype/dejavu</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias binding="same"><family>ui-monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <match><edit name="family" mode="append" binding="weak"><string>DejaVu Sans</string></edit></match>
</fontconfig>
"""
# Runs before any script of a page. What must not happen there is told to the tab's problems as a page error would be.
WATCH = """
addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Chromium:
    """A browser. `directory` gets its list of fonts."""

    def __init__(self, directory: pathlib.Path):
        program = shutil.which("chromium")
        assert program, "Debian's chromium is missing: scripts/setup test installs it"
        fonts = directory / "fonts.conf"
        fonts.write_text(FONTS.format(cache=directory / "fonts"))
        self._playwright: Playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(
            executable_path=program, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(fonts), "TZ": "UTC"})

    def close(self):
        self.browser.close()
        self._playwright.stop()


def base_of(process) -> str:
    return f"http://127.0.0.1:{process.admin_port}"


def entrance(process, *names) -> str:
    """The address of the page with a code that is good once, as `tapes open --print` gives it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TAPES_")}
    done = subprocess.run([process.arguments[0], "open", "--print", "--sqlite", process.store.path, *names],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


#: As on a machine that is busy: what waits for the next drawing, or for a short time, waits for longer.
LATE = """
const { requestAnimationFrame: frame, setTimeout: timer } = window;
window.requestAnimationFrame = (run) => frame(() => timer(() => run(performance.now()), 500));
window.setTimeout = (run, ms = 0, ...more) => timer(run, ms <= 100 ? ms + 500 : ms, ...more);
"""


class Tab:
    """A page in a context of its own. `problems` are what no view may do: errors on the console or of scripts, breaches of
    the policy, dialogs, windows, requests to others. Those that a test makes on purpose it takes away."""

    def __init__(self, chromium: Chromium, base: str, cookies=None, now=None, **options):
        settings = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US", "timezone_id": "UTC",
                    "reduced_motion": "reduce", "color_scheme": "light", **options}
        self.base = base
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.context = chromium.browser.new_context(**settings)
        self.context.set_default_timeout(TIMEOUT_MS)
        if cookies:
            self.context.add_cookies(cookies)
        if now:
            self.context.clock.set_fixed_time(now)
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        self.context.on("page", lambda page: self.problems.append(f"a window was opened: {page.url}"))
        self.context.on("request", self._request)
        self.context.on("console", lambda message: message.type in ("error", "warning") and
                        self.problems.append(f"console: {message.text}"))
        self.context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("crash", lambda _: self.problems.append("the page crashed"))
        self.page.on("websocket", lambda socket: self.problems.append(f"a socket: {socket.url}"))

    def _request(self, request):
        self.requests.append(request.url)
        if not request.url.startswith((self.base + "/", "data:", "blob:")):
            self.problems.append(f"a request to another host: {request.url}")

    def _dialog(self, dialog):
        self.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, address="/", wait=True):
        """Goes to an address of the page and waits until the view has what it asked for."""
        self.page.goto(self.base + address)
        return self.settle() if wait else self

    def settle(self):
        """Until nothing says any more that it is loading."""
        self.page.wait_for_selector("header.shell ~ main > *, main.entrance", state="attached")
        self.until("() => !document.querySelector('main .spinner, #page > .state .spinner')",
                   what=f"{self.address} has loaded")
        return self

    @property
    def address(self) -> str:
        return self.page.url.removeprefix(self.base)

    @property
    def main(self):
        return self.page.locator("main")

    def press(self, *keys):
        for key in keys:
            for one in key.split(" "):
                self.page.keyboard.press(one)
        return self

    def text(self) -> str:
        return self.main.inner_text()

    def until(self, script: str, argument=None, what=""):
        """Until a function of the page says something true; that. (Playwright's own way needs a policy with eval.)"""
        return wait_until(lambda: self.page.evaluate(script, argument), TIMEOUT_MS / 1000, what or script, every=0.04)

    def wait_text(self, wanted: str):
        self.until("wanted => document.querySelector('main')?.innerText.includes(wanted)", wanted, f"“{wanted}” is shown")
        return self

    def find_text(self, wanted: str):
        """Scrolls down through what scrolls in the view until a text is shown."""
        wait_until(lambda: self._look(wanted), TIMEOUT_MS / 1000, f"“{wanted}” is shown where {self.address} is scrolled")
        return self

    def holds(self, wanted: str, screens=60) -> bool:
        """Whether a text is shown within so many screens."""
        return any(self._look(wanted) for _ in range(screens))

    def _look(self, wanted):
        """Scrolls on by a screen, at the end to the beginning; whether a text is shown."""
        return self.page.evaluate("""async (wanted) => {
            const main = document.querySelector("main");
            if (main.innerText.includes(wanted)) return true;
            const boxes = [document.scrollingElement, ...main.querySelectorAll("*")].filter((one) =>
                one.scrollHeight > one.clientHeight + 8 && (one === document.scrollingElement || /auto|scroll/.test(getComputedStyle(one).overflowY)));
            for (const box of boxes) {
                const at = box.scrollTop;
                box.scrollTop += box.clientHeight * 0.8;
                if (box.scrollTop === at) box.scrollTop = 0;
            }
            // What comes into sight may have to be asked for.
            for (let frame = 0; frame < 20 && !main.innerText.includes(wanted); ++frame) await new Promise(requestAnimationFrame);
            return main.innerText.includes(wanted);
        }""", wanted)

    def wait_address(self, pattern):
        self.until("pattern => new RegExp(pattern).test(location.pathname + location.search)", pattern)
        return self

    def focused(self) -> str:
        """What has the focus, as a person would name it."""
        return self.page.evaluate("""() => {
            const one = document.activeElement;
            return one && one !== document.body ? (one.getAttribute("aria-label") ?? one.innerText ?? one.tagName) : "";
        }""")

    def axe(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA: rule, what is wrong, where. Rows of virtual lists are hidden until they are
        measured, so what is found counts where it stays."""
        for _ in range(4):
            found = self._axe_now()
            if not found:
                break
            self.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
        return found

    def _axe_now(self):
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate((ROOT / "web/node_modules/axe-core/axe.min.js").read_text() + ";undefined")
        found = self.page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", AXE_TAGS)
        return [f"{one['id']}: {one['help']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
                for one in found["violations"] for node in one["nodes"][:3]]

    def forgive(self, pattern):
        """Takes problems away that the test makes on purpose."""
        self.page.evaluate("1")  # lets what has happened be told
        self.problems = [one for one in self.problems if not re.search(pattern, one)]

    def expect(self, pattern):
        """Waits for a problem that the test makes on purpose, and takes all of that kind away."""
        def seen():
            self.page.evaluate("1")
            return any(re.search(pattern, one) for one in self.problems)
        wait_until(seen, what=f"{pattern} in {self.problems}")
        self.forgive(pattern)

    def cookies(self):
        return self.context.cookies()

    def close(self):
        if not self.page.is_closed():
            self.page.evaluate("1")
        self.context.close()


def ask(process, path):
    """What the read API says."""
    status, _, body = process.ask(path, 30)
    assert status == 200, (path, body[:300])
    return json.loads(body)
