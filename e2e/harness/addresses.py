"""The addresses of all views for what a process has recorded."""
import urllib.parse

from .browser import ask


def quoted(name):
    return urllib.parse.quote(name, safe="")


def first(items, condition=lambda item: True):
    return next(item for item in items if condition(item))


def views(process, session, other) -> dict[str, str]:
    """name → address, of two sessions."""
    exchanges = ask(process, f"/v1/sessions/{quoted(session)}/exchanges?limit=500")["exchanges"]
    turns = [one for one in exchanges if one["drop_reason"] is None]
    dropped = [one for one in exchanges if one["drop_reason"] is not None]
    told = ask(process, f"/v1/sessions/{quoted(session)}/transcript?turns=200")["entries"]
    hashes = [one["hash"] for one in told if one["type"] == "message"]
    made = {
        "sessions": "/",
        "session": f"/s/{quoted(session)}",
        "tree": f"/s/{quoted(session)}/tree",
        "cache": f"/s/{quoted(session)}/cache",
        "node": f"/n/{hashes[-1]}",
        "tree of a node": f"/n/{hashes[-1]}/tree",
        "exchange": f"/x/{turns[-1]['id']}",
        "cache of an exchange": f"/x/{turns[-1]['id']}/cache",
        "compare sessions": f"/compare?kind=sessions&left={quoted(session)}&right={quoted(other)}",
        "compare chains": f"/compare?kind=chains&left={hashes[0]}&right={hashes[-1]}",
        "compare exchanges": f"/compare?kind=exchanges&left={turns[0]['id']}&right={turns[-1]['id']}",
        "search": "/search?query=parser",
        "usage": "/usage",
        "delivery": "/delivery",
    }
    if dropped:
        made["dropped exchange"] = f"/x/{dropped[0]['id']}"
    return made
