"""The read API: asked, and held against its own document."""
import json
import re

import jsonschema

from .wire import wait_until


class Api:
    """Asks a process, and holds what it answers against its document."""

    met_by_all: set[tuple[str, str, int]] = set()

    def __init__(self, process):
        self.process = process
        self.document = json.loads(process.ask("/openapi.json")[2])
        jsonschema.Draft202012Validator.check_schema(
            {"$defs": self.document["components"]["schemas"], "type": "object"})
        self.met: set[tuple[str, str, int]] = set()

    def operation(self, method, path):
        """The path of the document that a request's path is below, and its operation."""
        path = path.split("?")[0]
        patterns = sorted(self.document["paths"], key=lambda known: known.count("{"))
        for known in patterns:
            if re.fullmatch(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(known)), path):
                operation = self.document["paths"][known].get(method.lower())
                if operation:
                    return known, operation
        raise AssertionError(f"{method} {path} is not in the document")

    def ask(self, path, method="GET", body=None, **fields):
        """(status, fields, body): JSON is read, and what comes is checked."""
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
        status, head, raw = self.process.ask(path, 30, method, body, **fields)
        known, operation = self.operation(method, path)
        responses = operation["responses"]
        assert str(status) in responses, (method, path, status, raw[:500])
        said = responses[str(status)].get("content", {})
        if not said:
            assert raw == b""
        else:
            assert head["Content-Type"] in said, (path, head["Content-Type"])
            schema = said[head["Content-Type"]].get("schema")
            if head["Content-Type"].endswith("json"):
                raw = json.loads(raw)
                if schema:
                    self.validate(raw, schema)
        assert head["X-Content-Type-Options"] == "nosniff"
        self.met.add((known, method, status))
        self.met_by_all.add((known, method, status))
        return status, head, raw

    def get(self, path, status=200, **fields):
        got, _, body = self.ask(path, **fields)
        assert got == status, body
        return body

    def validate(self, body, schema):
        whole = {"components": self.document["components"], **schema}
        jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(body)


def wait_catalogue(process, exchanges):
    def counted():
        status, _, body = process.ask("/v1/usage")
        return status == 200 and json.loads(body)["total"]["exchanges"] == exchanges
    wait_until(counted, what=f"{exchanges} exchanges in the catalogue")
