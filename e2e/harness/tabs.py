"""Fixtures of tests that look at the page in Debian's Chromium: one browser for those of a file, a context for each test."""
import pytest

from .browser import Chromium, Tab, base_of, entrance
from .page_store import NOW


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """Ends with the file: while it runs, Playwright keeps an event loop in the main thread, beside which no other may run."""
    one = Chromium(tmp_path_factory.mktemp("chromium"))
    yield one
    one.close()


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
