"""Figures of the page are those of the record, and each leads to what it was made of."""
import re

import pytest

from harness import chat
from harness.addresses import quoted
from harness.api import wait_catalogue
from harness.browser import ask
from harness.page_store import CODE, PARSER


def words(text):
    return re.sub(r"\s+", " ", text)


def test_a_session_of_the_list_tells_tokens_cache_cost_duration_and_state(tab, recorded):
    one = tab(recorded).open("/")
    header = words(one.page.locator(".session-row.list-columns").inner_text())
    assert header.split() == ["Marked", "Time", "Project", "Agent", "Model", "Title", "Turns", "Tokens", "Cached", "Cost", "Duration", "State"]
    told = next(item for item in ask(recorded, "/v1/sessions")["sessions"] if item["name"] == PARSER)
    row = one.page.get_by_role("row").filter(has_text="Fix the parser")
    text = words(row.inner_text())
    tokens = told["tokens"]
    read, whole = tokens["cache_read"], tokens["cache_read"] + tokens["cache_write"] + tokens["input"]
    assert f"{round(100 * read / whole)} %" in text and f"${told['cost']['usd']:.4f}" in text
    assert re.search(r"\d+ min \d\d s", text) and "ok, 1 failed" in text
    # The four figures are a bar, and are told in words, too.
    bar = row.locator("svg rect")
    assert bar.count() == len([name for name in ("cache_read", "cache_write", "input", "output") if tokens[name] > 0])
    assert re.search(r"cache", row.inner_html())
    # Nothing of it is cut off in a usual window.
    cut = one.page.evaluate("""() => [...document.querySelectorAll(".session-row > *")].filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
        .map((cell) => cell.innerText)""")
    assert not [text for text in cut if re.search(r"\d\d:\d\d|\$|ok|error|failed", text)], cut


def test_a_long_list_of_sessions_has_few_elements(tab, proxy, mock):
    relay, many = proxy(mock), 400
    for number in range(many):
        relay.fetch(chat.turn(f"question {number:03}", fields=b"session_id: session-%03d\r\n" % number))
    wait_catalogue(relay, many)
    one = tab(relay, now=None).open("/")
    one.wait_text("question 399")
    one.find_text("question 000")
    assert one.page.locator("[data-index]").count() < 100
    assert one.page.evaluate("document.querySelectorAll('*').length") < 3000


@pytest.mark.parametrize("by", ["model", "project", "agent", "session", "provider", "day"])
def test_figures_of_usage_lead_to_the_exchanges_behind_them(tab, recorded, by):
    one = tab(recorded).open(f"/usage?by={by}&since=2026-03-01")
    told = ask(recorded, f"/v1/usage?by={by}&since=2026-03-01")["usage"]
    rows = one.page.locator("table.usage-table:not(.latency-table)").locator("tbody tr")
    rows.first.wait_for()
    assert rows.count() >= len(told)
    for row in told[:3]:
        name = row[by]
        if not name or by == "day":
            continue
        label = row.get("session_title") or name
        found = rows.filter(has=one.page.locator("th", has_text=re.compile(f"^{re.escape(label)}$"))).first
        address = found.locator("td.figure a").first.get_attribute("href")
        if by == "session":
            assert address == f"/s/{name}"
            continue
        listed = ask(recorded, "/v1/exchanges?limit=500&" + address.partition("?")[2])["exchanges"]
        assert len(listed) == row["exchanges"], (name, address)
        for filter_, count in (("errors", row["errors"]), ("dropped", row["dropped"])):
            if count:
                link = found.locator(f"td.figure a[href*='{filter_}=true']").get_attribute("href")
                assert len(ask(recorded, "/v1/exchanges?limit=500&" + link.partition("?")[2])["exchanges"]) == count


def test_usage_tells_rates_and_how_long_one_waited(tab, recorded):
    one = tab(recorded).open("/usage?since=2026-03-01")
    total = ask(recorded, "/v1/usage?since=2026-03-01")["total"]
    facts = words(one.page.locator("dl.usage-totals").inner_text())
    for name, part in (("Failed", total["errors"]), ("No turn", total["dropped"])):
        assert f"{name} {round(100 * part / total['exchanges'])} %" in facts, facts
    one.page.get_by_text("First byte").first.wait_for()
    latency = ask(recorded, "/v1/latency?by=model&since=2026-03-01")["latency"]
    table = one.page.locator("table").filter(has_text="Between tokens")
    for row in latency:
        if row["model"]:
            line = words(table.locator("tr").filter(has=one.page.locator("th", has_text=re.compile(f"^{re.escape(row['model'])}$"))).inner_text())
            assert f" {row['first_byte_ms']['count']} " in line, line
            assert line.count(" ms") + line.count(" s") >= 6, line
    assert one.page.locator(".usage-chart canvas").count() == 1


def test_the_caches_strip_has_a_bar_for_each_exchange_and_names_the_misses(tab, recorded):
    exchanges = ask(recorded, f"/v1/sessions/{PARSER}/exchanges?limit=500")["exchanges"]
    one = tab(recorded).open(f"/s/{PARSER}/cache")
    one.until("count => document.querySelectorAll('[data-bar]').length === count", len(exchanges))
    names = one.page.evaluate("[...document.querySelectorAll('[data-bar]')].map((bar) => bar.getAttribute('aria-label'))")
    assert [name.split(",")[0] for name in names] == [f"No. {item['seq']}" for item in exchanges]
    worst = ask(recorded, f"/v1/sessions/{PARSER}/cache")["worst"][0]
    named = next(name for name in names if name.startswith(f"No. {worst['seq']},"))
    assert "missed" in named and "tool changed" in named and "more" in named
    one.page.locator(f"[data-bar][aria-label^='No. {worst['seq']},']").click()
    one.wait_address(f"^/x/{worst['id']}/cache")
    # Both requests, where they part, with what it cost.
    one.wait_text("in the sandbox")
    one.wait_text(f"${worst['extra_usd']:.4f}")


def test_two_branches_are_chosen_in_the_tree_and_compared(tab, recorded):
    branches = [item for item in ask(recorded, f"/v1/sessions/{PARSER}/tree")["entries"]
                if item["type"] == "branch" and "change log" in (item["words"] or "")]
    one = tab(recorded).open(f"/s/{PARSER}/tree")
    assert one.page.locator("main svg path, main svg line, main svg circle").count() > len(branches)
    for branch in branches[:2]:
        one.page.get_by_role("row").filter(has_text=branch["words"]).first.get_by_role("button", name="choose").click()
    one.page.get_by_role("link", name="Compare both sides").click()
    one.wait_address("^/compare")
    one.wait_text("at the beginning are the same")
    one.wait_text("in one sentence")
    assert "in one sentence" in words(" ".join(one.page.locator("main ins, main del").all_inner_texts()))


def test_sessions_and_requests_are_compared_with_their_common_parts_folded(tab, recorded):
    one = tab(recorded).open(f"/compare?kind=sessions&left={quoted(PARSER)}&right={quoted(CODE)}")
    sides = [ask(recorded, f"/v1/sessions/{name}") for name in (PARSER, CODE)]
    for side in sides:
        one.wait_text(side["title"])
        assert str(side["turns"]) in one.text()
    exchanges = [item for item in ask(recorded, f"/v1/sessions/{PARSER}/exchanges")["exchanges"] if item["drop_reason"] is None]
    one.open(f"/compare?kind=exchanges&left={exchanges[0]['id']}&right={exchanges[1]['id']}")
    one.wait_text("of the request are the same")
    assert one.page.locator("main ins, main .added, main [class*=add]").count() > 0


def test_delivery_tells_the_health_of_store_and_catalogue(tab, recorded):
    one = tab(recorded, now=None).open("/delivery")
    one.wait_text("Ready: what is accepted is recorded.")
    text = words(one.text())
    assert re.search(r"Catalogue behind by 0 rows", text) and re.search(r"Store [\d.]+ [KM]iB", text), text
    assert "Nothing is published" in text and "Everything could be delivered." in text
