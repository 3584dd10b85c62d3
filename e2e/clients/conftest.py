import netns
import programs
import pytest
from harness.addresses import views
from harness.api import wait_catalogue
from harness.browser import Chromium, ask
from harness.process import Proxy
from harness.tabs import tab  # noqa: F401 (a fixture)
from valve import Valve


@pytest.fixture(autouse=True)
def loopback_only():
    """Proxy, mock and programs of each test start in a network namespace that reaches nothing."""
    netns.enter()


@pytest.fixture
def valve(loopback_only, mock):
    """The mock, with answers that can be held in the middle."""
    one = Valve(mock.port)
    yield one
    one.close()


@pytest.fixture
def relay(valve, proxy):
    """Factory of a proxy on the store of this test, with the mock as the upstream of every provider."""
    def start(port: int = 0) -> Proxy:
        settings = {"proxy.openai_upstream": valve.url + "/v1", "proxy.anthropic_upstream": valve.url,
                    "proxy.openai_auth_upstream": valve.url, "log.level": "debug"}
        extra = ["--port", str(port)] if port else []
        return proxy(valve, settings=settings, extra=extra)
    return start


@pytest.fixture
def home(loopback_only, workspace):
    """A user's home; what still runs there at the end of the test is ended."""
    one = programs.Home(workspace / "user")
    yield one
    one.end()


@pytest.fixture
def chromium(loopback_only, tmp_path):
    """A browser in the namespace of this test."""
    one = Chromium(tmp_path)
    yield one
    one.close()


@pytest.fixture
def passes():
    """Ports are those of one namespace, and so are the cookies."""
    return {}


@pytest.fixture
def shown(proxy, tab):  # noqa: F811
    """Opens every view of every session that a process has recorded: none is in trouble, axe finds nothing, and in one of them
    each of these texts can be read."""
    def go(process, *said):
        wait_catalogue(process, len(process.store.exchanges()))
        sessions = [one for one in ask(process, "/v1/sessions")["sessions"] if one["turns"] > 0]
        one, missing = tab(process, now=None), set(said)
        for session in sessions:
            for name, address in views(process, session["name"], sessions[0]["name"]).items():
                one.open(address)
                assert one.page.locator("main [role=alert]").count() == 0, (address, one.text()[:500])
                assert one.axe() == [], address
            for thread in ask(process, f"/v1/sessions/{session['name']}")["thread_list"]:
                one.open(f"/s/{session['name']}?thread={thread['number']}")
                missing -= {text for text in missing if one.holds(text)}
        assert not missing, sessions
        return one
    return go
