# What people type. Everything works from a fresh clone on Debian 12: `make run` and `make test` install what
# they need first (scripts/setup).

UPSTREAM ?= mock
LISTEN ?= 127.0.0.1:8080
SQLITE ?= .tapes/tapes.sqlite
ARGS ?=
JOBS ?= $(shell nproc)
# End-to-end tests side by side, each file of them in one process: `make test-e2e E2E_JOBS=2` takes half the time, but
# what waits for a second must then bear a busy machine.
E2E_JOBS ?= 0
FUZZ_SECONDS ?= 600
CHAOS_SECONDS ?= 240

# `make run TAPES_UI=OFF`: without the page, and so without Node.
UI = $(if $(TAPES_UI),-DTAPES_UI=$(TAPES_UI))

BINARY := build/release/src/cli/tapes
SOURCES = $(shell find include src tests cmake bench -name '*.hpp' -o -name '*.cpp')
VENV = $(shell scripts/setup path)

# Rooms whose tests run threads against each other. Not bus: librdkafka starts its threads by thrd_create, which the
# thread sanitizer does not know, and their first intercepted call ends the process.
TSAN_ROOMS := store record relay publish capture api

empty :=
space := $(empty) $(empty)

.DEFAULT_GOAL := help
.PHONY: help run build test test-unit test-asan test-tsan test-e2e test-clients nightly chaos large build-fuzz fuzz fuzz-short build-files \
        lint lint-changed lint-files format format-check check bench web-dev web-check web-types screenshots dist clean \
        setup-run setup-test setup-clients

help:  ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: setup-run  ## build and start the proxy on LISTEN, in front of UPSTREAM (default: the built-in mock)
	cmake --preset release $(UI)
	cmake --build --preset release --target tapes -j $(JOBS)
	exec $(BINARY) serve proxy --listen $(LISTEN) --upstream $(UPSTREAM) --provider auto \
	    --sqlite $(SQLITE) $(ARGS)

build: setup-run  ## everything, optimized, in build/release
	cmake --preset release $(UI)
	cmake --build --preset release -j $(JOBS)

test: setup-test web-check test-unit test-asan test-tsan fuzz-short test-e2e  ## all tests

test-unit: setup-test  ## unit tests, optimized
	cmake --preset release $(UI)
	cmake --build --preset release -j $(JOBS)
	ctest --test-dir build/release -j 2 --output-on-failure --no-tests=error

test-asan: setup-test  ## unit tests with the address and undefined behaviour sanitizers
	cmake --preset asan
	cmake --build --preset asan -j $(JOBS)
	ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	    ctest --test-dir build/asan -j 2 --output-on-failure --no-tests=error

test-tsan: setup-test  ## unit tests of the rooms that have threads, with the thread sanitizer
	cmake --preset tsan
	cmake --build --preset tsan -j $(JOBS) --target $(addprefix tests_,$(TSAN_ROOMS))
	TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$(CURDIR)/scripts/tsan.supp \
	    scripts/without-aslr ctest --test-dir build/tsan --output-on-failure --no-tests=error \
	    -R '^($(subst $(space),|,$(TSAN_ROOMS)))$$'

test-e2e: setup-test  ## the built binary against real clients, brokers and crashes (E2E="-k kafka" chooses)
	cmake --preset release $(UI)
	cmake --build --preset release --target tapes tests_bus -j $(JOBS)
	TAPES_BIN=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -c e2e/pytest.ini -n $(E2E_JOBS) --dist loadfile e2e $(E2E)

test-clients: setup-clients  ## the built binary against Claude Code, Codex, gemini-cli, OpenCode, llm, aider, mitmproxy and Phoenix (CLIENTS="-k codex" chooses)
	cmake --preset release $(UI)
	cmake --build --preset release --target tapes -j $(JOBS)
	TAPES_BIN=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -c e2e/pytest.ini e2e/clients $(CLIENTS)

nightly: setup-test build-files lint-files chaos large test-clients  ## what takes long: each file for itself, chaos, large sessions, real clients, fuzzing, a large store; hours
	$(MAKE) fuzz FUZZ_SECONDS=120
	$(MAKE) bench PART="reading page"

chaos: setup-test  ## proxies, broker and collector stopped and killed at random for CHAOS_SECONDS (240; CHAOS_SEED=N repeats)
	cmake --preset release $(UI)
	cmake --build --preset release --target tapes -j $(JOBS)
	CHAOS_SECONDS=$(CHAOS_SECONDS) TAPES_BIN=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -c e2e/pytest.ini -s \
	    e2e/test_chaos.py

large: setup-test  ## sessions as large as they come, and what reading them takes of the processor (LARGE=0.1: smaller)
	cmake --preset release
	cmake --build --preset release --target tapes -j $(JOBS)
	TAPES_BIN=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -c e2e/pytest.ini -s e2e/large

build-fuzz: setup-test  ## the fuzz targets, with clang and sanitizers, in build/fuzz
	cmake --preset fuzz
	cmake --build --preset fuzz -j $(JOBS)

fuzz: build-fuzz  ## every fuzz target for FUZZ_SECONDS (600), going on from what earlier runs learned
	scripts/fuzz -t $(FUZZ_SECONDS) -j $(JOBS)

fuzz-short: build-fuzz  ## every fuzz target for 3 seconds
	scripts/fuzz -t 3 -s 1 -j $(JOBS)

build-files: setup-test  ## everything with clang++-16, each file for itself, so that includes stay honest
	cmake --preset files
	cmake --build --preset files -j $(JOBS)

lint: setup-test  ## clang-tidy on every source, in units of several files
	cmake --preset asan
	scripts/lint

lint-changed: setup-test  ## clang-tidy, file by file, on what differs from the main branch and what includes it
	cmake --preset files
	scripts/lint --changed

lint-files: setup-test  ## clang-tidy on every source, file by file (some fifteen minutes)
	cmake --preset files
	scripts/lint --files

format: setup-test  ## clang-format and prettier, in place
	clang-format-16 -i $(SOURCES)
	$(WEB) npm run --silent format

format-check: setup-test  ## fails where `make format` would change something
	@clang-format-16 --dry-run -Werror $(SOURCES)
	@$(WEB) npm run --silent format:check

check:  ## what needs no compiler: the table of rooms, house rules, links of the documents, subjects of commits
	scripts/check-includes
	scripts/check-style
	scripts/check-links
	scripts/check-limits
	scripts/check-commits

bench: build  ## side by side with nginx; a Markdown table of ratios (PART=curves: CPU against size; PART=reading: the reading side; PART=page: the page in Chromium)
	scripts/setup bench
	bench/run $(if $(PART),--only $(PART))

VERSION = $(word 3,$(shell grep ^project CMakeLists.txt))
# Node is among what scripts/setup installs; one of the system will do.
WEB = cd web && PATH="$(VENV)/bin:$$PATH"
web/node_modules/.package-lock.json: web/package-lock.json
	$(WEB) npm ci --ignore-scripts --loglevel=error

web-dev: web/node_modules/.package-lock.json  ## the page from its sources, reloaded on a change (TAPES=http://127.0.0.1:8081 TAPES_TOKEN_FILE=STORE.token)
	$(WEB) node dev.mjs

web-check: setup-test web/node_modules/.package-lock.json  ## the page's sources: the TypeScript compiler, and the tests of what is no component
	$(WEB) npm run --silent check
	$(WEB) npm test --silent

screenshots: setup-test  ## pictures of the page anew: the README's (docs/pictures) and the references of its tests
	cmake --preset release
	cmake --build --preset release --target tapes -j $(JOBS)
	TAPES_UPDATE_SCREENSHOTS=1 TAPES_BIN=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -c e2e/pytest.ini \
	    e2e/page/test_page_screenshots.py

web-types: setup-test  ## the page's types of the read API anew, from the program's own /openapi.json
	cmake --preset release
	cmake --build --preset release --target tapes -j $(JOBS)
	TAPES_UPDATE_TYPES=1 TAPES_BIN=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -c e2e/pytest.ini \
	    e2e/page/test_page_sources.py -k types

dist:  ## build/tapes-VERSION.tar.gz of what is committed; its README's commands work without git
	mkdir -p build
	git archive --format=tar --prefix=tapes-$(VERSION)/ HEAD | gzip -9n > build/tapes-$(VERSION).tar.gz
	@echo build/tapes-$(VERSION).tar.gz

clean:  ## everything that was built here
	rm -rf build

setup-run:
	@TAPES_UI=$(TAPES_UI) scripts/setup run

setup-test:
	@scripts/setup test

setup-clients:
	@scripts/setup clients
