"""What the record holds is text in every view: nothing of it runs, loads, becomes an element, or hides."""
import re

import pytest

from harness import hostile
from harness.addresses import quoted, views
from harness.api import wait_catalogue
from harness.browser import ask
from harness.process import Proxy

# What a view must not have, whatever the record says.
FOUND = """() => {
    const found = [];
    const bad = "x-canary, iframe, object, embed, base, form[action], meta[http-equiv], template, slot, math, audio, video, "
        + "script:not([src]), svg script, svg use, foreignObject, img[srcset], body style, body link";
    for (const one of document.querySelectorAll(bad)) found.push(one.outerHTML.slice(0, 200));
    for (const one of document.querySelectorAll("*")) {
        for (const { name, value } of one.attributes) {
            if (/^on/i.test(name)) found.push(`${one.tagName} ${name}=${value.slice(0, 100)}`);
            if (/^(href|src|action|formaction|xlink:href|data|poster)$/i.test(name)) {
                const url = new URL(value, location.href);
                const inside = url.origin === location.origin;
                const link = one.tagName === "A" && /^(https?|mailto):$/.test(url.protocol);
                if (!inside && !link) found.push(`${one.tagName} ${name}=${value.slice(0, 100)}`);
            }
            if (name === "id" && document.querySelectorAll(`[id="${CSS.escape(value)}"]`).length > 1) found.push(`two ids ${value}`);
        }
    }
    if (window.canary !== undefined) found.push("a script ran");
    for (const name of ["polluted", "command"]) if (({})[name] !== undefined) found.push(`Object.prototype has ${name}`);
    if (Object.keys(Object.prototype).length > 0) found.push("Object.prototype has keys");
    return found;
}"""
# Opens what is folded, a few times over, as what is opened may have folded parts; then scrolls to the end.
UNFOLD = """async () => {
    const opened = new WeakSet();
    for (let round = 0; round < 4; ++round) {
        for (const one of document.querySelectorAll("main details:not([open])")) one.open = true;
        const buttons = [...document.querySelectorAll("main button[aria-expanded=false], main button.unfold")]
            .filter((one) => !opened.has(one)).slice(0, 60);
        for (const one of buttons) { opened.add(one); one.click(); }
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
}"""
SCROLLED = """async () => {
    const boxes = [document.scrollingElement, ...document.querySelectorAll("main *")]
        .filter((one) => one.scrollHeight > one.clientHeight + 8 && /auto|scroll/.test(getComputedStyle(one).overflowY) ||
                one === document.scrollingElement);
    for (const box of boxes) box.scrollTop += box.clientHeight * 0.9;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return boxes.some((one) => one.scrollTop + one.clientHeight < one.scrollHeight - 2);
}"""


@pytest.fixture(scope="module")
def evil(binary, tmp_path_factory):
    directory = tmp_path_factory.mktemp("hostile")
    made = hostile.make_hostile_store(binary, directory)
    process = Proxy(binary, directory, "mock", provider="auto", sqlite=made.path)
    wait_catalogue(process, made.count)
    yield process
    assert process.stop() == 0


def assert_harmless(one, what):
    assert one.page.evaluate(FOUND) == [], what
    shown = one.page.evaluate("document.documentElement.innerText + document.title")
    names = one.page.evaluate("""[...document.querySelectorAll("[aria-label], [title], [alt], [placeholder]")].map((one) =>
        ["aria-label", "title", "alt", "placeholder"].map((name) => one.getAttribute(name) ?? "").join(" ")).join(" ")""")
    hidden = {f"U+{ord(c):04X}" for c in shown + names if c in hostile.UNSEEN}
    assert not hidden, (what, hidden, [line for line in (shown + names).splitlines() if any(c in hostile.UNSEEN for c in line)][:3])


def look_through(one, what, screens=40):
    """Unfolds and scrolls a view to its end, or as far as that many screens."""
    for _ in range(screens):
        one.page.evaluate(UNFOLD)
        assert_harmless(one, what)
        if not one.page.evaluate(SCROLLED):
            break
    one.settle()
    assert_harmless(one, what)


def test_no_view_runs_loads_or_hides_what_is_recorded(tab, evil):
    one = tab(evil)
    for name, address in views(evil, hostile.SESSION, "constructor").items():
        one.open(address)
        look_through(one, name, 60 if name == "session" else 12)


def test_no_view_of_hostile_names_does_either(tab, evil):
    one = tab(evil)
    sessions = [item["name"] for item in ask(evil, "/v1/sessions?limit=200")["sessions"]]
    for name in ("__proto__", "constructor", "../../etc/passwd", hostile.HTML[1], hostile.HTML[3], "s" * 400):
        assert name in sessions
        one.open(f"/s/{quoted(name)}")
        assert_harmless(one, name)
    for item in ask(evil, "/v1/exchanges?dropped=true")["exchanges"]:
        one.open(f"/x/{item['id']}")
        look_through(one, item["path"], 4)
    for by in ("model", "project", "agent", "session", "tool"):
        one.open(f"/usage?by={by}")
        look_through(one, by, 6)


def test_nothing_in_an_address_runs_or_is_an_element(tab, evil):
    one = tab(evil)
    for text in (hostile.HTML[3], f"javascript:{hostile.RUN}", "\u202eevil", "__proto__", "%"):
        for address in (f"/s/{quoted(text)}", f"/n/{quoted(text)}", f"/x/{quoted(text)}", f"/s/{quoted(text)}/tree",
                        f"/search?query={quoted(text)}", f"/?project={quoted(text)}&title={quoted(text)}",
                        f"/compare?kind={quoted(text)}&left={quoted(text)}&right={quoted(text)}",
                        f"/usage?by={quoted(text)}&since={quoted(text)}#{quoted(text)}"):
            one.open(address)
            assert_harmless(one, address)
            one.forgive(r"status of 4\d\d")


def test_what_is_hidden_is_shown(tab, evil):
    one = tab(evil)
    one.open("/")
    one.wait_text("\\u202eproject")
    found = ask(evil, "/v1/search?query=gnp")["hits"][0]
    one.open(f"/n/{found['hash']}")
    one.wait_text("\\u202egnp.exe")
    assert re.search(r"\\u202eproject|\\u202egnp", one.text())
