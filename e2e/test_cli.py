"""The command line: what newcomers see, the reference's error texts, one value for each key."""
import re

import pytest

from harness import chat
from harness.wire import Answering

KAFKA_ERRORS = [
    (["--kafka-topic", "t"], "kafka brokers are required when kafka topic is set"),
    (["--kafka-brokers", "b:1"], "kafka topic is required when kafka brokers are set"),
    (["--kafka-brokers", " , ,", "--kafka-topic", "t"], "kafka brokers are required when kafka topic is set"),
    (["--kafka-brokers", "b:1", "--kafka-topic", "  "], "kafka topic is required when kafka brokers are set"),
    (["--publisher", "kafka", "--kafka-topic", "t"], "kafka brokers are required when --publisher=kafka"),
    (["--publisher", "kafka", "--kafka-brokers", "b:1"], "kafka topic is required when --publisher=kafka"),
    (["--publisher", "x"], 'unsupported publisher type "x" (supported: nop, kafka)'),
    (["--provider", "x"], 'unknown provider type: "x" (supported: [anthropic openai ollama azure bedrock databricks gemini groq openrouter mistral vertex xai])'),
]


def serve(run, workspace, *arguments, **more):
    return run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--upstream", "mock",
               "--sqlite", workspace / "x.sqlite", *arguments, **more)


@pytest.mark.parametrize("arguments, text", KAFKA_ERRORS)
def test_wrong_flags_get_the_references_texts(run, workspace, arguments, text):
    code, out, error = serve(run, workspace, *arguments)
    assert code in (1, 2)
    assert text in error
    assert len(error.strip().splitlines()) == 1, error
    assert not (workspace / "x.sqlite").exists(), "nothing is made before the configuration is right"


@pytest.mark.parametrize("arguments, words", [
    (["--no-such-flag"], ["--no-such-flag"]),
    (["--listen", "nonsense"], ["listen", "nonsense"]),
    (["--listen", "127.0.0.1:99999"], ["listen", "99999"]),
    (["--port", "http"], ["port"]),
    (["--upstream", "ftp://x"], ["upstream"]),
    (["--upstream", "not a url"], ["upstream"]),
    (["--set", "record.akc=wait"], ["record.akc", "record.ack"]),
    (["--set", "record.ack=maybe"], ["record.ack", "maybe"]),
    (["--set", "record.ack_timeout=soon"], ["record.ack_timeout", "soon"]),
    (["--set", "record.budget_bytes=-1"], ["record.budget_bytes"]),
    (["--set", "novalue"], ["novalue"]),
    (["--postgres", "postgres://x"], ["postgres"]),
    (["--admin-listen", "0.0.0.0:0"], ["admin", "token"]),
])
def test_wrong_use_is_one_clear_line(run, workspace, arguments, words):
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--upstream", "mock",
                         "--sqlite", workspace / "x.sqlite", *arguments)
    assert code in (1, 2)
    for word in words:
        assert word in error, error


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["serve", "nonsense"]])
def test_wrong_command_exits_2_or_shows_help(run, arguments):
    code, out, error = run(*arguments)
    assert code in (0, 2)
    assert "serve" in out + error


def test_help_names_every_flag_and_gives_examples(run):
    code, out, _ = run("serve", "proxy", "--help")
    assert code == 0
    for flag in ("--listen", "--port", "--upstream", "--provider", "--sqlite", "--project", "--publisher",
                 "--kafka-brokers", "--kafka-topic", "--kafka-client-id", "--admin-listen", "--set", "--debug",
                 "--config-dir"):
        assert flag in out, flag
    assert "127.0.0.1:8080" in out and "xample" in out
    code, out, _ = run("--help")
    assert code == 0 and "serve" in out and "config" in out and "version" in out


@pytest.mark.parametrize("arguments", [["--version"], ["version"]])
def test_version(run, arguments):
    code, out, _ = run(*arguments)
    assert code == 0
    assert re.search(r"\d+\.\d+\.\d+", out)


def config_line(out: str, key: str) -> str:
    found = [line for line in out.splitlines() if re.match(rf"\s*{re.escape(key)}\b", line)]
    assert len(found) == 1, (key, out)
    return found[0]


def test_flag_wins_over_environment_over_file_over_default(run, workspace):
    directory = workspace / "conf"
    directory.mkdir()
    (directory / "config.toml").write_text('[proxy]\nprovider = "anthropic"\nproject = "from-file"\n'
                                           'upstream = "http://file:1"\n')
    code, out, _ = run("config", "--config-dir", directory,
                       environment={"TAPES_PROXY_PROJECT": "from-environment"})
    assert code == 0
    assert "anthropic" in config_line(out, "proxy.provider")
    assert "config.toml" in config_line(out, "proxy.provider")
    assert "from-environment" in config_line(out, "proxy.project")
    assert "TAPES_PROXY_PROJECT" in config_line(out, "proxy.project")
    assert "default" in config_line(out, "record.ack")


@pytest.mark.parametrize("text, words", [
    ('[record]\nakc = "wait"\n', ["record.akc", "record.ack"]),
    ("[proxy\n", ["config.toml"]),
    ("[proxy]\nlisten = 5.5\n", ["proxy.listen"]),
])
def test_wrong_config_file_is_one_clear_line(run, workspace, text, words):
    directory = workspace / "conf"
    directory.mkdir()
    (directory / "config.toml").write_text(text)
    code, _, error = run("config", "--config-dir", directory)
    assert code in (1, 2)
    for word in words:
        assert word in error, error
    assert len(error.strip().splitlines()) == 1, error


def test_key_of_the_reference_that_means_nothing_here_is_one_warning(proxy, upstream, workspace):
    (workspace / "config").mkdir()
    (workspace / "config" / "config.toml").write_text('[api]\nlisten = ":8081"\n')
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    assert relay.fetch(chat.turn("hi"))[0].status == 200
    assert sum("api.listen" in line for line in relay.output.splitlines()) == 1


@pytest.mark.parametrize("listen, words", [
    ("127.0.0.1:18380x", "the port must be a number"),
    ("nonsense", "must be host:port"),
    ("foo:1", "the host is no IP address"),
])
def test_wrong_listen_address_of_the_mock_is_wrong_use(run, listen, words):
    code, out, error = run("serve", "mock", "--listen", listen)
    assert code == 2 and words in error and listen in error and out == ""


def test_port_in_use_is_a_clear_error(run, workspace, proxy, upstream):
    relay = proxy(upstream(Answering(b"")))
    code, _, error = run("serve", "proxy", "--listen", f"127.0.0.1:{relay.port}", "--admin-listen", "",
                         "--upstream", "mock", "--sqlite", workspace / "other.sqlite")
    assert code == 1
    assert str(relay.port) in error


def test_port_in_use_is_one_clear_line_of_the_mock_too(run, proxy, upstream):
    listen = f"127.0.0.1:{proxy(upstream(Answering(b''))).port}"
    code, out, error = run("serve", "mock", "--listen", listen)
    assert (code, out, error) == (1, "", f"tapes: mock: cannot listen on {listen}: Address already in use\n")


def test_project_defaults_to_the_name_of_the_directory(proxy, upstream, workspace):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    relay.fetch(chat.turn("hi"))
    assert relay.store.only()["project"] == workspace.name


def test_built_in_mock_upstream_works_without_anything_else(proxy):
    relay = proxy("mock")
    head, body = relay.fetch(chat.turn("hello there"))
    assert head.status == 200
    assert b"You said: hello there" in body
    row = relay.store.only()
    assert relay.store.node(row["head_hash"])["content"][0]["text"] == "You said: hello there"


def test_nop_publisher_publishes_nothing_and_needs_nothing(proxy):
    relay = proxy("mock", extra=("--publisher", "nop"))
    assert relay.fetch(chat.turn("hi"))[0].status == 200
    relay.store.wait_exchanges(1)
