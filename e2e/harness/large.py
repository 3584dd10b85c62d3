"""Sessions as large as they come; LARGE=0.1 makes all of it smaller."""
import base64
import concurrent.futures
import hashlib
import http.client
import json
import os

from .wire import wait_until

SCALE = float(os.environ.get("LARGE", "1"))
#: A picture of one pixel.
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()


def so_many(count):
    return max(4, int(count * SCALE))


def user(content):
    return {"role": "user", "content": content}


class Talk:
    """A client on one connection."""

    def __init__(self, relay, session, agent=""):
        self.line = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=120)
        self.fields = {"Content-Type": "application/json", "session_id": session}
        if agent:
            self.fields["x-claude-code-agent-id"] = agent

    def ask(self, messages):
        """The message that comes back."""
        self.line.request("POST", "/v1/chat/completions", json.dumps({"model": "gpt-4o", "messages": messages}), self.fields)
        answer = self.line.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:500]
        return json.loads(body)["choices"][0]["message"]


def settle(relay, exchanges):
    """Until so many exchanges are in the catalogue, which then rests."""
    def counted():
        status, _, body = relay.ask("/v1/usage", 60)
        return status == 200 and json.loads(body)["total"]["exchanges"] == exchanges
    wait_until(counted, 600, f"{exchanges} exchanges in the catalogue", every=0.5)


def converse(relay, session, turns, words):
    """A conversation in which each request has all that was said before."""
    talk, history = Talk(relay, session), []
    for number in range(turns):
        history.append(user(f"{session} {number} " + words))
        history.append({"role": "assistant", "content": talk.ask(history)["content"]})



def fan_out(relay, session, leaves, at_once=32):
    """A session in which so many conversations begin with the same system prompt; that many are committed together."""
    def ask_some(first):
        talk = Talk(relay, session)
        for number in range(first, leaves, at_once):
            talk.ask([{"role": "system", "content": "You help."}, user(f"question {number}")])
    with concurrent.futures.ThreadPoolExecutor(at_once) as askers:
        list(askers.map(ask_some, range(at_once)))


def send_out_agents(relay, session, agents):
    """A session with so many sub-agents, each called by its main thread."""
    main = Talk(relay, session)
    history = [user("Send them all out")]
    for number in range(agents):
        prompt = f"Look at part {number}"
        history.append({"role": "assistant", "content": None, "tool_calls": [
            {"id": f"call_{number:09}", "type": "function",
             "function": {"name": "Task", "arguments": json.dumps({"prompt": prompt})}}]})
        Talk(relay, session, f"agent-{number}").ask([user(prompt)])
        history.append({"role": "tool", "tool_call_id": f"call_{number:09}", "content": f"Part {number} is well"})
    main.ask(history)


def show_pictures(relay, session, images):
    """A session with so many pictures, a hundred in a message."""
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PICTURE}}
    messages = []
    for number in range(0, images, 100):
        messages.append(user([{"type": "text", "text": f"Pictures from {number} on"}, *[part] * 100]))
        messages.append({"role": "assistant", "content": f"Seen {number}"})
    Talk(relay, session).ask(messages[:-1])


def bring_result(relay, session, size):
    """A session with a result of a tool of so many bytes."""
    call = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_123456789", "type": "function", "function": {"name": "read", "arguments": "{}"}}]}
    Talk(relay, session).ask([user("Read it"), call,
                              {"role": "tool", "tool_call_id": "call_123456789", "content": "0123456 " * (size // 8)}])


def digest_of(relay, path):
    """(status, bytes, SHA-256) of an answer, of which this side holds little, too."""
    connection = http.client.HTTPConnection("127.0.0.1", relay.admin_port, timeout=120)
    connection.request("GET", path, headers={"Authorization": f"Bearer {relay.token()}"})
    answer = connection.getresponse()
    seen, size = hashlib.sha256(), 0
    while piece := answer.read(1 << 16):
        seen.update(piece)
        size += len(piece)
    connection.close()
    return answer.status, size, seen.hexdigest()
