"""The read API: asked, and held against its own document."""
import json
import re

import jsonschema
import pytest

from .wire import TIMEOUT, wait_until

#: Routes that read the record, like those of test_read_api.py, which have a file of their own.
READING = re.compile("/v1/exports/")
#: In which file the statuses of a route are met, unless in test_read_api.py.
MET_IN = {
    "test_admin_document.py": re.compile("/v1/(dead-letters|cursors|backups|replays|import|entrances|orphans|browser)|"
                                         "/healthz|/metrics|/openapi.json"),
    "test_export.py": READING,
    "test_ingest.py": re.compile("/v1/ingest"),
    "test_serve_api.py": re.compile("/v0.4/|/readyz"),
}


class Api:
    """Asks a process, and holds what it answers against its document."""

    met_by_all: set[tuple[str, str, int]] = set()

    def __init__(self, process):
        self.process = process
        self.document = json.loads(process.ask("/openapi.json")[2])
        jsonschema.Draft202012Validator.check_schema(
            {"$defs": self.document["components"]["schemas"], "type": "object"})

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
        return self.check(path, method, status, head, raw)

    def check(self, path, method, status, head, raw):
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
        self.meet(known, method, status)
        return status, head, raw

    def meet(self, known, method, status):
        """Counts a status of a path of the document as met."""
        assert str(status) in self.document["paths"][known][method.lower()]["responses"]
        self.met_by_all.add((known, method, status))

    def get(self, path, status=200, **fields):
        got, _, body = self.ask(path, **fields)
        assert got == status, body
        return body

    def validate(self, body, schema):
        whole = {"components": self.document["components"], **schema}
        jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(body)


def assert_all_met(request, *documents):
    """Every status of every route whose place is the test's file was met by a test of this file. Not of interest are
    401 and 403, which test_read_api.py meets for all routes in a test of their own, and 503 of what reads the store,
    which test_serve_api.py does."""
    file = request.path
    ran = {item.originalname for item in request.session.items if item.path == file}
    if len(ran) < len(re.findall(r"^def test_", file.read_text(), re.M)):
        pytest.skip("only with all tests of the file")
    general = {"default", "401", "403"} | ({"503"} if MET_IN.get(file.name) in (None, READING) else set())
    for document in documents:
        for path, operations in document["paths"].items():
            place = next((name for name, routes in MET_IN.items() if routes.match(path)), "test_read_api.py")
            if place == file.name:
                missing = {(method.upper(), path, int(status)) for method, operation in operations.items()
                           for status in set(operation["responses"]) - general
                           if (path, method.upper(), int(status)) not in Api.met_by_all}
                assert not missing, f"met by no test: {sorted(missing)}"


def wait_catalogue(process, exchanges, timeout: float = TIMEOUT):
    def counted():
        status, _, body = process.ask("/v1/usage")
        return status == 200 and json.loads(body)["total"]["exchanges"] == exchanges
    wait_until(counted, timeout, what=f"{exchanges} exchanges in the catalogue")
