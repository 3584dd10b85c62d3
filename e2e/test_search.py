"""`tapes search`: what was said is found again, by words and filters."""
import json

import pytest

from harness import chat
from harness.chat import post
from harness.wire import Answering

SENTENCES = {
    "Chinese": ("数据库无法打开，文件已损坏", "数据库", "库"), "Japanese": ("データベースを開けません", "ベース", "開"),
    "Korean": ("파일을 열 수 없습니다", "파일", "열"), "Arabic": ("تعذر فتح الملف المطلوب", "الملف", "فتح"),
    "Hebrew": ("לא ניתן לפתוח את הקובץ", "הקובץ", "את"), "Hindi": ("फ़ाइल नहीं खुली", "नहीं", "खुली"),
    "Russian": ("Не удалось открыть файл", "ОТКРЫТЬ", "файл"), "Greek": ("Το αρχειο δεν ανοιγει", "αρχειο", "δεν"),
    "Vietnamese": ("Không thể mở tệp", "khong", "tep"), "Turkish": ("Dosya açılamadı şimdi", "acılamadı", "simdi"),
    "German": ("Die Größe der Straße", "grosse OR Große", "strasse OR straße"), "Thai": ("เปิดไฟล์ไม่ได้", "ไฟล์", "เปิด"),
}


@pytest.fixture
def find(run):
    """The hits of a search, and the line at their end."""
    def go(relay, *arguments, code=0):
        done, out, err = run("search", *arguments, "--sqlite", relay.store.path, "--json")
        assert done == code, (arguments, out, err)
        lines = [json.loads(line) for line in out.splitlines()]
        assert all(one["type"] == "hit" for one in lines[:-1]) and (not lines or lines[-1]["type"] == "end")
        return lines[:-1]
    return go


def marked(hit):
    text = hit["snippet"]["text"]
    return [text[first:first + size] for first, size in hit["snippet"]["marks"]]


def test_what_was_said_is_found_in_each_language_while_it_is_recorded(proxy, mock, find):
    relay = proxy(mock)
    for number, (text, _, _) in enumerate(SENTENCES.values()):
        relay.fetch(chat.turn(text, fields=f"session_id: s{number}\r\n".encode()))
    relay.store.wait_exchanges(len(SENTENCES))
    for number, (name, (text, *words)) in enumerate(SENTENCES.items()):
        for word in words:
            hits = [one for one in find(relay, word, "--role", "user") if one["session"] == f"s{number}"]
            assert [one["snippet"]["text"] for one in hits] == [text], (name, word)
            assert marked(hits[0]), (name, word)


def test_a_hit_leads_to_its_message(proxy, mock, run, find):
    relay = proxy(mock)
    call = {"id": "call_123456789", "type": "function",
            "function": {"name": "grep", "arguments": '{"pattern":"multi-agent"}'}}
    history = [{"role": "user", "content": "Where is std::move?"}]
    relay.fetch(chat.turn(messages=history, fields=b"session_id: work-1\r\n"))
    history += [{"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_123456789", "content": "src/a.cpp: std::move(multi)"}]
    relay.fetch(chat.turn(messages=history, fields=b"session_id: work-1\r\n"))
    relay.fetch(chat.turn("std::move elsewhere", fields=b"session_id: other\r\n"))
    rows = relay.store.wait_exchanges(3)
    hits = find(relay, "std::move", "--session", "work-1", "--newest")
    assert {one["session"] for one in hits} == {"work-1"}
    result = next(one for one in hits if one["part"] == "tool_results")
    assert (result["tool"], result["role"], result["exchange"]) == ("grep", "tool", rows[1]["id"])
    assert marked(result) == ["std::move"]
    code, out, err = run("show", result["hash"], "--tools", "--sqlite", relay.store.path)
    assert code == 0 and "src/a.cpp: std::move(multi)" in out, err
    assert [one["part"] for one in find(relay, "multi-agent")] == ["tool_arguments"]
    assert find(relay, "multi agent tool:grep", "--part", "arguments")[0]["tool"] == "grep"
    for arguments, count in ((["std::move", "role:user"], 2), (["std::move", "-session:work"], 2),
                             (["don't"], 0), (["\"src a.cpp\""], 1), (["elsewh*"], 2), (["move -elsewhere"], 3),
                             (["a.cpp OR elsewhere", "--project", "none"], 0), (["std::move", "until:2020-01-01"], 0),
                             (["std::move", "since:1h", "model:none"], 0)):
        found = find(relay, *arguments, code=0 if count else 1)
        assert len(found) >= count if count else not found, (arguments, found)


def test_the_index_can_be_off_and_comes_back(proxy, mock, run):
    relay = proxy(mock)
    relay.fetch(chat.turn("hello zebra"))
    relay.store.only()
    assert relay.stop() == 0
    store = ("--sqlite", relay.store.path)
    assert run("search", "zebra", *store)[0] == 0
    code, out, err = run("search", "zebra", *store, environment={"TAPES_CATALOGUE_TEXT": "false"})
    assert (code, out) == (1, "") and "catalogue.text" in err, err
    assert run("search", "zebra", *store)[0] == 0
    for arguments, wanted in ((["modle:x"], 2), (["..."], 2), (["-x y"], 2), (["zebra", "--part", "x"], 2), (["nothing"], 1)):
        code, out, err = run("search", *store, *arguments)
        assert code == wanted and err.startswith("tapes: ") and not out, (arguments, code, out, err)


def test_hostile_content_is_shown_not_sent(proxy, upstream, run, find):
    text = "\u001b[2J\u202e\u0000 needle \U0001f600 漢字 \u009b31m\r\u0007 needle"
    relay = proxy(upstream(Answering(chat.answer(chat.completion("\u001b[31m needle")))))
    assert relay.fetch(post(chat.request_body(messages=[{"role": "user", "content": text}]),
                            fields=b"session_id: x\x1b]0;y\r\n"))[0].status in (200, 400)
    assert relay.fetch(post(chat.request_body(messages=[{"role": "user", "content": text}])))[0].status == 200
    for arguments in (["needle"], ["needle", "--flat", "--newest"], ["needle", "--json"], ["漢", "--json"]):
        code, out, err = run("search", *arguments, "--sqlite", relay.store.path)
        assert code == 0 and not any(c in out for c in "\u001b\u202e\0\r\u009b\u0007"), (arguments, err)
    assert {mark for one in find(relay, "needle") for mark in marked(one)} == {"needle"}
