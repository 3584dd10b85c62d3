import netns
import programs
import pytest
from harness.process import Proxy
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
