"""A conversation that its client begins anew after compaction, as the commands show it."""
import json

from harness import chat
from harness.wire import Answering

from test_clients_one_chain import CODEX, by_codex, said, streamed, user


def threads_of(run, relay, name):
    code, out, err = run("tree", name, "-s", relay.store.path, "--json")
    assert code == 0, err
    return [one for one in map(json.loads, out.splitlines()) if one["type"] == "thread"]


def assert_goes_on(run, relay, name, title):
    """Two threads, of which the second goes on from the first, for programs and for people."""
    first, second = threads_of(run, relay, name)
    assert (first["kind"], first["continues"]) == ("main", None)
    assert (second["kind"], second["continues"], second["title"]) == ("main", first["number"], title)
    out = run("tree", name, "-s", relay.store.path)[1]
    assert "goes on from a summary of thread 1" in out, out
    listed = [json.loads(line) for line in run("log", "-s", relay.store.path, "--json")[1].splitlines()]
    assert [(one["name"], one["title"]) for one in listed] == [(name, title)]


def test_codex_goes_on_behind_a_sealed_summary(proxy, upstream, run):
    sealed = {"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAAA-summary"}
    relay = proxy(upstream(Answering(streamed(1, [said("One.")]), streamed(2, [said("Two.")]),
                                     streamed(3, [said("Three.")]), streamed(4, [said("Four.")]))))

    def ask(items):
        body = {"model": "gpt-5", "instructions": "Be brief.", "input": items, "stream": True, "store": False}
        relay.fetch(chat.post(chat.dumps(body), path=b"/v1/responses", fields=CODEX + b"session_id: codex-1\r\n"))
    ask([user("Fix the parser.")])
    ask([user("Fix the parser."), by_codex(said("One.")), user("It fails.")])
    anew = [by_codex(sealed), user("Go on.")]
    ask(anew)
    ask([*anew, by_codex(said("Three.")), user("And the tests?")])
    relay.store.wait_exchanges(4)
    assert_goes_on(run, relay, "codex-1", "Fix the parser.")


def test_opencode_goes_on_behind_its_own_question_for_a_summary(proxy, mock, run):
    relay = proxy(mock)
    system = {"role": "system", "content": "You are opencode."}

    def ask(*texts):
        messages = [system] + [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]
        body = relay.fetch(chat.turn(messages=messages, fields=b"x-session-id: ses_1\r\nuser-agent: opencode/1.0\r\n"))[1]
        return json.loads(body)["choices"][0]["message"]["content"]
    first = ask("Fix the parser.")
    ask("Fix the parser.", first, "It fails.")
    anew = ["What did we do so far?", "We looked for the fault in the parser.", "Continue if you have next steps"]
    more = ask(*anew)
    ask(*anew, more, "And the tests?")
    relay.store.wait_exchanges(4)
    assert_goes_on(run, relay, "ses_1", "Fix the parser.")
