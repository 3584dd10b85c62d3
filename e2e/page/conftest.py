"""Tests of the page in Debian's Chromium."""
import pytest

from harness.api import wait_catalogue
from harness.page_store import make_page_store
from harness.process import Proxy
from harness.tabs import chromium, passes, tab  # noqa: F401 (fixtures)


@pytest.fixture(scope="session")
def recorded(binary, tmp_path_factory):
    """A process with the store of page_store, for tests that only read. `store_of_page` tells what is in it."""
    directory = tmp_path_factory.mktemp("page")
    made = make_page_store(binary, directory)
    process = Proxy(binary, directory, "mock", provider="auto", sqlite=made.path)
    wait_catalogue(process, made.exchanges)
    process.store_of_page = made
    yield process
    assert process.stop() == 0
