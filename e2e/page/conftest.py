"""Tests of the page in Debian's Chromium. One browser for all of them, a context for each test."""
import pytest

from harness.api import wait_catalogue
from harness.browser import Chromium, Tab, base_of, entrance
from harness.page_store import NOW, make_page_store
from harness.process import Proxy


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    one = Chromium(tmp_path_factory.mktemp("chromium"))
    yield one
    one.close()


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


@pytest.fixture(scope="session")
def passes():
    """Cookies by process: a browser enters once."""
    return {}


@pytest.fixture
def tab(chromium, passes):
    """Factory of tabs that may read a process. At the end none of them may have a problem. A test whose process ends with
    it names `tab` last: what is named last goes first, and a tab whose process went has problems."""
    tabs: list[Tab] = []

    def make(process, enter=True, now=NOW, **options):
        base = base_of(process)
        if enter and base not in passes:
            first = Tab(chromium, base)
            first.page.goto(entrance(process))
            first.page.wait_for_selector("header.shell ~ main > *", state="attached")
            assert not first.problems, first.problems
            passes[base] = first.cookies()
            first.close()
        one = Tab(chromium, base, passes.get(base) if enter else None, now, **options)
        tabs.append(one)
        return one
    yield make
    problems = []
    for one in tabs:
        one.close()
        problems += one.problems
    assert not problems, "\n".join(problems)
