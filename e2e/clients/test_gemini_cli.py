"""gemini-cli, over the Gemini API. test_run_clients.py runs it by `tapes run`."""
import json

import pytest
from harness.store import texts
from programs import installed
from shape import Shape, one_chain

MODEL = "gemini-2.5-pro"  # one that is named is not chosen by another request
KEY = "AIzaTest0123456789abcdefghijklmnopqrstuv"


@pytest.fixture
def relay(valve, proxy):
    return proxy(valve, provider="auto", settings={"proxy.gemini_upstream": valve.url})


@pytest.fixture
def gemini(home, relay):
    """A user who has chosen a key; no question is asked, and nothing is told to anybody."""
    settings = {"security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
                "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False},
                "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False}}
    (home.path / ".gemini").mkdir()
    (home.path / ".gemini" / "settings.json").write_text(json.dumps(settings))

    def start(prompt, *options):
        command = [installed("gemini"), "--yolo", "--model", MODEL, *options, "-p", prompt]
        return home.start(command, {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": relay.url}, home.project())
    return start


def said(chain):
    """What was said, without the context that gemini-cli puts before the first prompt of a process."""
    return [(role, text.split("</session_context>")[-1]) for role, text in texts(chain) if role != "system"]


def prompts(chain):
    return [text for role, text in said(chain) if role == "user" and text]


def test_a_resumed_session_is_one_chain(relay, gemini):
    gemini("first").succeeds()
    gemini("second", "--resume", "latest").succeeds()
    gemini("third", "--resume", "latest").succeeds()
    chain = one_chain(relay.store, turns=3)
    assert prompts(chain) == ["first", "second", "third"], Shape(relay.store).told()
    assert said(chain)[-1] == ("assistant", "You said: third"), Shape(relay.store).told()
    turns = Shape(relay.store).turns
    assert {(turn["api"], turn["provider"], turn["model"], turn["program"]) for turn in turns} == {
        ("gemini", "gemini", MODEL, "gemini-cli")}
    assert all(turn["streamed"] and turn["total_tokens"] and turn["stop_reason"] == "STOP" for turn in turns)


def test_a_task_with_calls_is_one_chain(relay, gemini, home, run):
    gemini("first").succeeds()
    gemini("Please do the [task]", "--resume", "latest").succeeds()
    assert (home.project() / "tapes-mock.txt").exists()
    chain = one_chain(relay.store, turns=5)
    kinds = [block["type"] for node in chain for block in node["content"]]
    assert kinds.count("tool_use") == kinds.count("tool_result") == 3, Shape(relay.store).told()
    assert said(chain)[-1][1].startswith("The tool said: "), Shape(relay.store).told()
    assert KEY.encode() not in relay.store.path.read_bytes()
    assert relay.stop() == 0
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err


def test_what_is_resumed_with_other_files_beside_it_is_rewritten_by_the_client(relay, gemini, home):
    """Its context lists the files of the directory, and is written anew into the first message of each process."""
    gemini("first").succeeds()
    (home.project() / "new.txt").write_text("new\n")
    gemini("second", "--resume", "latest").succeeds()
    shape = Shape(relay.store)
    first, second = (shape.chain(turn["head_hash"]) for turn in shape.turns)
    assert [node["hash"] for node in shape.forks] == [first[0]["hash"]] and first[0]["role"] == "system", shape.told()
    assert len(shape.roots) == 1 and prompts(second) == ["first", "second"], shape.told()


def test_every_view_of_the_page_shows_it(relay, shown, gemini):
    gemini("first").succeeds()
    gemini("Please do the [task]", "--resume", "latest").succeeds()
    one = shown(relay, "You said: ", "Please do the [task]", "tapes-mock.txt")
    assert one.page.locator("footer.exchange").count() > 0 and one.page.locator("footer.exchange .chip.warn").count() == 0
