"""`tapes export --as html`: one file, opened with the network off. It shows what was said, proves itself, and nothing of the
record runs in it."""
import hashlib
import json
import re
import urllib.parse

import pytest

from harness import chat, hostile
from harness.api import wait_catalogue
from harness.browser import Tab, ask
from harness.page_store import CODE, PARSER
from harness.process import Proxy
from harness.wire import wait_until

FOUND = """() => {
    const found = [];
    const bad = "x-canary, iframe, object, embed, base, form, template, slot, math, svg, audio, video, link, img[srcset], body style";
    for (const one of document.querySelectorAll(bad)) found.push(one.outerHTML.slice(0, 200));
    for (const one of document.querySelectorAll("*")) {
        for (const { name, value } of one.attributes) {
            if (/^on|^style$/i.test(name)) found.push(`${one.tagName} ${name}=${value.slice(0, 100)}`);
            if (/^(href|src|action|formaction|xlink:href|poster)$/i.test(name) &&
                !(name === "href" && value.startsWith("#n")) && !(one.tagName === "IMG" && /^data:image\\/(png|jpeg|gif|webp);base64,/.test(value)))
                found.push(`${one.tagName} ${name}=${value.slice(0, 100)}`);
        }
    }
    if (document.querySelectorAll("script:not([type])").length !== 1) found.push("another script");
    if (window.canary !== undefined) found.push("a script ran");
    if (Object.keys(Object.prototype).length > 0 || ({}).polluted !== undefined) found.push("Object.prototype has keys");
    return found;
}"""
UNFOLD = "() => document.querySelectorAll('details').forEach((one) => (one.open = true))"


def export_of(run, process, name, *flags):
    code, out, err = run("export", name, "--as", "html", *flags, "--sqlite", process.store.path)
    assert code == 0, err
    return out


@pytest.fixture
def show(chromium, tmp_path):
    """Opens a file with the network off; at the end it must have asked for nothing, and nothing may have gone wrong."""
    tabs = []

    def go(text, proved=True, **options):
        file = tmp_path / f"exported-{len(tabs)}.html"
        file.write_text(text, encoding="utf-8")
        one = Tab(chromium, "file://", **options)
        tabs.append((one, file))
        one.context.set_offline(True)
        one.page.goto(file.as_uri())
        if proved is not None:
            one.until("() => document.getElementById('proof').className !== ''", what="the proof is computed")
            assert one.page.get_attribute("#proof", "class") == ("holds" if proved else "fails"), one.page.inner_text("#proof")
        return one
    yield go
    problems = []
    for one, file in tabs:
        assert one.requests == [file.as_uri()] or all(asked.startswith("data:") for asked in one.requests[1:]), one.requests
        problems += one.problems
        one.close()
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def evil(binary, tmp_path_factory):
    directory = tmp_path_factory.mktemp("hostile-export")
    made = hostile.make_hostile_store(binary, directory)
    process = Proxy(binary, directory, "mock", provider="auto", sqlite=made.path)
    wait_catalogue(process, made.count)
    yield process
    assert process.stop() == 0


def nodes_of(text):
    return [json.loads(line) for line in re.findall(r'^<script type="application/json" class="node">(.*)</script>$', text, re.M)]


def test_a_session_is_shown_folds_and_proves_itself(run, recorded, show):
    text = export_of(run, recorded, PARSER)
    one = show(text)
    nodes = nodes_of(text)
    assert f"{len(nodes)} nodes proved by hash" in one.page.inner_text("#proof")
    assert one.page.locator("article.node .verdict.proved").count() == len(nodes)
    # What is shown is what was said, and calls are folded.
    assert "I read the parser first." in one.text()
    fold = one.page.locator("details", has_text="python -m pytest").first
    assert not fold.evaluate("one => one.open")
    fold.locator("summary").first.focus()
    one.page.keyboard.press("Enter")
    assert fold.evaluate("one => one.open")
    # A thread stands in the call that began it.
    assert one.page.locator("details.thread article").count() >= 3
    # An image is shown, from the file itself.
    assert one.page.evaluate("() => document.querySelector('main img').decode().then(() => document.querySelector('main img').naturalWidth)") == 160
    # Keys lead from message to message, and one button unfolds all.
    one.page.keyboard.press("j")
    one.page.keyboard.press("j")
    first = one.page.evaluate("document.activeElement.id")
    one.page.keyboard.press("k")
    assert first.startswith("n") and one.page.evaluate("document.activeElement.id") != first
    one.page.click("#fold")
    assert one.page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    assert one.axe() == []
    assert one.page.evaluate(FOUND) == []


@pytest.mark.parametrize("carry", [None, 10])
def test_a_node_of_more_than_8_mib_is_proved_where_it_is_carried_and_else_said_to_be_missing(run, proxy, mock, show, carry):
    relay = proxy(mock)
    relay.fetch(chat.turn("x" * (9 << 20), fields=b"session_id: large\r\n"))
    relay.store.wait_exchanges(1)
    wait_catalogue(relay, 1)
    text = export_of(run, relay, "large", *(["--carry", str(carry)] if carry else []))
    one = show(text)
    told = one.page.inner_text("#proof")
    if carry:
        assert "2 nodes proved by hash" in told and one.page.locator("#left-out").count() == 0, told
    else:
        assert "1 node" in told and "9.4 MB, too large for this file" in one.page.inner_text("main"), told
        assert "The content of 1 node is not in this file" in one.page.inner_text("#left-out")
    # One byte of what is carried is another one: the proof fails, and says where.
    if carry:
        changed = show(text.replace('"text":"xxxxxxxx', '"text":"xxxxxxxy', 1), proved=False)
        assert "node 0" in changed.page.inner_text("#proof").lower(), changed.page.inner_text("#proof")


def test_hashes_are_those_of_the_record(run, recorded, show):
    text = export_of(run, recorded, CODE)
    stored = {row["hash"] for row in recorded.store.nodes()}
    nodes = nodes_of(text)
    for node in nodes:
        bucket = {"content": [{"is_error": False, **block} for block in node["content"]], "model": node["model"],
                  "provider": node["provider"], "role": node["role"], "type": "message"}
        if node["agent_name"]:
            bucket["agent_name"] = node["agent_name"]
        parent = "" if node["parent"] is None else nodes[node["parent"]]["hash"]
        canonical = json.dumps({"content": bucket, "parent": parent}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == node["hash"]
        assert node["hash"] in stored


def test_it_is_read_without_its_script(run, recorded, show):
    one = show(export_of(run, recorded, PARSER), proved=None, java_script_enabled=False)
    assert "I read the parser first." in one.page.locator("main").inner_text()
    assert "needs the script of this file" in one.page.locator("#proof").inner_text()


@pytest.mark.parametrize("change", ["carried", "shown", "hash", "parent", "role", "removed", "cut", "argument", "hidden"])
def test_the_proof_fails_on_one_changed_byte(run, recorded, show, change):
    text = export_of(run, recorded, PARSER)
    carried = re.search(r'^<script type="application/json" class="node">.*I read the parser first.*$', text, re.M)
    body = carried.end()
    if change == "carried":
        changed = text[:carried.start()] + carried.group().replace("I read the parser first", "I read the parser firSt") + text[body:]
    elif change == "shown":
        changed = text[:body] + text[body:].replace("I read the parser first", "I read the parser firSt", 1)
    elif change == "hash":
        changed = text[:carried.start()] + re.sub(r'"hash":"(.)', lambda found: '"hash":"' + ("1" if found[1] == "0" else "0"), carried.group(), 1) + text[body:]
    elif change == "parent":
        number = re.search(r'"parent":(\d+)', carried.group())[1]
        changed = text[:carried.start()] + carried.group().replace(f'"parent":{number}', '"parent":0') + text[body:]
    elif change == "role":
        changed = text[:body] + text[body:].replace("data-role>assistant", "data-role>user", 1)
    elif change == "removed":
        last = text.rindex("<article")
        changed = text[:last] + text[text.index("</article>", last) + len("</article>"):]
    elif change == "cut":
        changed = text.replace('id="about"', 'id="other"')
    elif change == "argument":
        changed = text[:body] + text[body:].replace("&quot;src/parser.py&quot;", "&quot;src/Parser.py&quot;", 1)
    else:
        changed = text[:body] + text[body:].replace('data-field="text">I read', 'data-field="text"><b hidden>I</b> read', 1)
    assert changed != text
    one = show(changed, proved=False)
    if change not in ("removed", "cut"):
        assert one.page.locator("article.node .verdict.broken").count() >= 1
        assert "does not hold" in one.page.inner_text("#proof") or "do not hold" in one.page.inner_text("#proof")


def test_nothing_of_the_record_runs_or_hides(evil, show):
    shown = 0
    for session in ask(evil, "/v1/sessions?limit=200")["sessions"]:
        for flags in ("", "?keep_secrets=true"):
            status, _, body = evil.ask("/v1/exports/html/" + urllib.parse.quote(session["name"], safe="") + flags, 60)
            if status != 200:
                assert status in (409, 422), body
                continue
            shown += 1
            one = show(body.decode())
            one.page.evaluate(UNFOLD)
            assert one.page.evaluate(FOUND) == []
            text = one.page.evaluate("document.documentElement.innerText + document.title")
            assert not {f"U+{ord(c):04X}" for c in text if c in hostile.UNSEEN}
    assert shown > 10


@pytest.mark.parametrize("viewport, scheme", [({"width": 1280, "height": 900}, "light"), ({"width": 1280, "height": 900}, "dark"),
                                              ({"width": 400, "height": 800}, "light"), ({"width": 400, "height": 800}, "dark")])
def test_it_is_accessible_in_every_form(run, recorded, show, viewport, scheme):
    one = show(export_of(run, recorded, PARSER), viewport=viewport, color_scheme=scheme)
    assert one.axe() == []
    one.page.evaluate(UNFOLD)
    assert one.axe() == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_on_paper_all_is_unfolded(run, recorded, show):
    one = show(export_of(run, recorded, PARSER))
    assert one.page.pdf().startswith(b"%PDF")
    one.page.emulate_media(media="print")
    assert not one.page.locator("#fold").is_visible()


def test_hashes_are_computed_without_crypto_subtle_too(run, recorded, show):
    text = export_of(run, recorded, CODE)
    # The policy of the file names the one script by its hash: a stub in front of it has to be allowed as well.
    script = re.search(r"<script>(.*)</script>\n</body>", text, re.S)[1]
    stub = "Object.defineProperty(globalThis, 'crypto', {value: undefined});" + script
    digest = lambda of: __import__("base64").b64encode(hashlib.sha256(of.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest(script)}'" in text
    show(text.replace(digest(script), digest(stub)).replace(f"<script>{script}</script>\n</body>", f"<script>{stub}</script>\n</body>"))


def test_a_changed_script_does_not_run(run, recorded, show):
    text = export_of(run, recorded, CODE)
    one = show(text.replace('"use strict";', '"use strict";window.canary=1;', 1), proved=None)
    wait_until(lambda: one.page.evaluate("1") and one.problems, what="a breach of the policy")
    assert one.page.evaluate("window.canary") is None and one.page.get_attribute("#proof", "class") is None
    assert one.problems and all("olicy" in problem for problem in one.problems)
    one.problems.clear()
