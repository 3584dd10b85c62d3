"""Fixtures of what is large: figures that are printed at the end, and tabs of Chromium."""
import pytest

from harness.tabs import chromium, passes, tab  # noqa: F401 (fixtures)


@pytest.fixture
def told(record_property):
    """Keeps a figure: it is printed at the end, and in the report of the run."""
    figures = []

    def go(name, value):
        figures.append(f"{name}: {value}")
        record_property(name, value)
    yield go
    print("\n" + "\n".join(figures))


@pytest.fixture
def relay(proxy, mock):
    return proxy(mock, settings={"record.wire": "all"})
