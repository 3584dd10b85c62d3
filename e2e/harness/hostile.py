"""Texts that would do something in a page that took the record for more than text, and a store with them in every field."""
import json

from . import chat, messages
from .chat import dumps, post
from .recorder import Conversation, Recorder, call, refusal, streamed, text, thinking, usage

# What a script would run that got through, and what an element would be that did.
RUN = "window.canary=1"
ELEMENT = "x-canary"
# Nobody answers there; asking is the offence.
ELSEWHERE = "http://canary.invalid/"

HTML = [
    f"<{ELEMENT}>element</{ELEMENT}>",
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<img src={ELSEWHERE}img.png>",
    f"<img srcset='{ELSEWHERE}set.png 1x' alt='set'>",
    f"<svg onload={RUN}><script>{RUN}</script></svg>",
    f"<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>{RUN}</script></svg>#x'/></svg>",
    f"<math><mi xlink:href='javascript:{RUN}'>x</mi><annotation-xml encoding='text/html'><style><img src=x onerror={RUN}></style></annotation-xml></math>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<iframe src='javascript:{RUN}'></iframe>",
    f"<object data='javascript:{RUN}'></object><embed src='{ELSEWHERE}embed'>",
    f"<link rel=stylesheet href='{ELSEWHERE}style.css'><style>@import '{ELSEWHERE}import.css';</style>",
    f"<div style=\"background:url('{ELSEWHERE}background.png')\" onclick={RUN}>div</div>",
    f"<form action='{ELSEWHERE}form'><button autofocus onfocus={RUN}>send</button></form>",
    f"<base href='{ELSEWHERE}'><meta http-equiv=refresh content='0;url={ELSEWHERE}'>",
    f"<details open ontoggle={RUN}>toggle</details>",
    f"<video autoplay onloadstart={RUN}><source onerror={RUN}></video><audio src={ELSEWHERE}audio.mp3 autoplay></audio>",
    f"<a href='javascript:{RUN}' id=page name=document>link</a>",
    f"\"'><img src=x onerror={RUN}><\"'",
    f"<!--<img src=x onerror={RUN}>--><![CDATA[<img src=x onerror={RUN}>]]>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'></noscript>",
    f"<template><{ELEMENT}></{ELEMENT}></template><slot name=x></slot>",
]
MARKDOWN = [
    *[f"[link]({target})" for target in (
        f"javascript:{RUN}", f"JaVaScRiPt:{RUN}", f"java\tscript:{RUN}", f"&#106;avascript:{RUN}", f"&#x6A;avascript&colon;{RUN}",
        f"javascript&#58;{RUN}", f" javascript:{RUN}", f"\x01javascript:{RUN}", f"vbscript:{RUN}", f"data:text/html,<script>{RUN}</script>",
        f"data:text/html;base64,PHNjcmlwdD53aW5kb3cuY2FuYXJ5PTE8L3NjcmlwdD4=", f"data:image/svg+xml,<svg onload={RUN}>",
        f"<javascript:{RUN}>", f"%6Aavascript:{RUN}", f"//canary.invalid/relative", "blob:null/1", "file:///etc/passwd",
        "intent://x#Intent;end", "view-source:http://canary.invalid")],
    f"![image]({ELSEWHERE}markdown.png)",
    f"![image](javascript:{RUN})",
    f"[reference][r]\n\n[r]: javascript:{RUN} \"title\"",
    f"<javascript:{RUN}>",
    f"[x](http://a \"onmouseover={RUN} \\\" onclick={RUN}\")",
    f"```html\"><img src=x onerror={RUN}>\ncode\n```",
    f"```\n<img src=x onerror={RUN}>\n```",
    f"`<img src=x onerror={RUN}>`",
    f"| <img src=x onerror={RUN}> | b |\n|---|---|\n| [x](javascript:{RUN}) | <script>{RUN}</script> |",
    "#" * 200 + " deep\n" + ">" * 400 + " quote\n" + "[" * 400 + "](" * 50,
    "* " * 300 + "list",
]
TEMPLATES = [
    "{{constructor.constructor('window.canary=1')()}}", "${window.canary=1}", "<%= window.canary=1 %>", "#{7*7}", "{{7*7}}",
    "`${alert(1)}`", "%s %n %d", "__proto__", "constructor", "toString", "hasOwnProperty", "../../etc/passwd", "null", "undefined",
    "NaN", "-1", "[object Object]",
]
HIDDEN = [
    "evil \u202egnp.exe\u202c end", "\u2066isolated\u2069", "zero\u200bwidth\u200djoin\ufeff", "nul\x00byte", "\x1b[31mred\x1b[0m\x07",
    "c1 \x9b31m\x85", "line\u2028separator\u2029s", "tag \U000e0041\U000e0042", "soft\xadhyphen", "half \ud800 surrogate",
    "z\u0351\u034f\u0323algo" + "\u0301" * 200,
]
ALL = HTML + MARKDOWN + TEMPLATES + HIDDEN
# In fields of heads: what HTTP admits there.
LATIN = [one for one in HTML + TEMPLATES if all(32 <= ord(c) < 127 for c in one)]
LONG = "long" * 20_000
PROJECT = f"<img src=x onerror={RUN}>\u202eproject"
SESSION = f"<{ELEMENT}>session</{ELEMENT}>"
# Characters that may stand nowhere as themselves: format/visible.ts shows them as escapes.
UNSEEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff\u2028\u2029\x00\x07\x1b\x7f\x85\x9b\xad\u061c"


def as_json(value) -> bytes:
    """With surrogates as escapes, which no UTF-8 can hold."""
    return json.dumps(value, separators=(",", ":")).encode()


def hostile_tools(evil):
    return [{"name": "Bash", "description": evil, "input_schema": {"type": "object", "properties": {evil: {"description": evil}}}}]


def conversation(recorder):
    """A session with every text in prompts, answers, thinking, calls, results and errors of tools."""
    one = Conversation(recorder, SESSION, b"User-Agent: claude-cli/2.1 (" + HTML[3].encode() + b")\r\nX-Evil: " + HTML[0].encode() +
                       b"\r\n", model="claude-<b>" + HTML[0])
    for number, evil in enumerate(ALL):
        shown = evil.encode("utf-8", "replace").decode()
        name = ("Bash", "Edit", "Read", "Grep", f"<{ELEMENT}>", "__proto__")[number % 6]
        arguments = {"command": shown, "file_path": shown, "old_string": shown, "new_string": shown + "!", "pattern": shown,
                     shown: {shown: [shown]}, "__proto__": {"polluted": shown}, "constructor": {"prototype": {"polluted": shown}}}
        one.tools, one.system = hostile_tools(shown), [text(f"Always the same {HTML[2]}")]
        one.ask([text(f"<system-reminder>{shown}</system-reminder>"), text(f"{shown} asked")],
                [thinking(shown), text(shown), call(name, arguments, f"toolu_{number:04}")], "tool_use", usage(number, 5000))
        one.result(f"toolu_{number:04}", [text(shown), {"type": "image", "source": {
            "type": "base64", "media_type": "image/svg+xml", "data": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"}}],
                   f"{shown} answered", "end_turn", usage(number, 100), error=number % 2 == 0)
        # What the history holds need not grow: only what is new is looked at.
        one.history = one.history[:2] if number == 0 else one.history[:0]


def names(recorder):
    """Sessions, models, agents, paths and reasons that are such texts."""
    for number, evil in enumerate(LATIN):
        fields = (b"session_id: " + evil.encode() + b"\r\nX-Tapes-Agent-Name: " + evil.encode() + b"\r\nUser-Agent: " +
                  evil.encode() + b"\r\noriginator: " + evil.encode() + b"\r\n")
        body = {"model": evil, "messages": [{"role": "user", "content": evil}], "stream": False, "user": evil}
        completion = json.loads(chat.completion(evil, model=evil, finish=evil if number % 3 == 0 else "stop"))
        recorder.ask(post(as_json(body), fields=fields), chat.answer(as_json(completion), fields=b"X-Answer: " + evil.encode() + b"\r\n"))
    for evil in HIDDEN:
        body = {"model": evil, "messages": [{"role": "user", "content": evil}]}
        recorder.ask(post(as_json(body)), chat.answer(as_json(json.loads(chat.completion("ok")) | {"model": evil})))
    recorder.ask(post(b"{}", path=b"/v1/<img%20src=x%20onerror=window.canary=1>?" + b"%3Cscript%3E=\"><script>"),
                 refusal(b"418 <b>teapot</b>", {"error": {"message": HTML[3], "type": HTML[0]}}))
    recorder.ask(chat.turn(LONG, model="m" * 1000, fields=b"session_id: " + b"s" * 400 + b"\r\n"), chat.answer(chat.completion(LONG)))
    # A body that says it is a page, and one that says it is a picture.
    for kind in (b"text/html", b"image/svg+xml"):
        recorder.ask(b"GET /v1/files/1 HTTP/1.1\r\nHost: a\r\n\r\n", chat.answer(HTML[1].encode(), content_type=kind))


def make_hostile_store(binary, directory) -> Recorder:
    recorder = Recorder(binary, directory)
    recorder.project(PROJECT)
    conversation(recorder)
    names(recorder)
    recorder.finish()
    return recorder
