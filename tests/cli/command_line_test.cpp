#include <tapes/cli/command_line.hpp>
#include <tapes/config/keys.hpp>

#include <catch2/catch.hpp>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace tapes::cli::command_line_test {

using namespace tapes;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// A command line in a world of its own; what the serving commands were given is kept.
class terminal {
public:
    terminal() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tapes-cli-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error{"mkdtemp"};
        }
        root = pattern;
        world.working_directory = root.string();
        world.home = (root / "home").string();
        act.proxy = [this](const config::settings& how) {
            served = how;
            return outcome;
        };
        act.mock = [this](const cli::mock_flags& how) {
            mocked = how;
            return outcome;
        };
    }
    ~terminal() {
        std::error_code ignored;
        std::filesystem::remove_all(root, ignored);
    }
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    int run(std::vector<std::string> arguments) {
        std::ostringstream out_stream;
        std::ostringstream err_stream;
        const auto code = cli::run_command_line(arguments, act, world, out_stream, err_stream);
        out = out_stream.str();
        err = err_stream.str();
        return code;
    }

    std::filesystem::path root;
    config::inputs world;
    cli::actions act;
    std::optional<config::settings> served;
    std::optional<cli::mock_flags> mocked;
    int outcome = 0;
    std::string out;
    std::string err;
};

}  // namespace

TEST_CASE("serve proxy takes the reference's and the seed's flags") {
    terminal t;
    REQUIRE(t.run({"serve",
                   "proxy",
                   "-l",
                   ":9000",
                   "-u",
                   "http://h:1",
                   "--provider",
                   "openai",
                   "-s",
                   "x.db",
                   "--project",
                   "p",
                   "--publisher",
                   "kafka",
                   "--kafka-brokers",
                   " a:1,,b:2 ",
                   "--kafka-topic",
                   " t ",
                   "--kafka-client-id",
                   "c",
                   "--port",
                   "8088",
                   "--admin-listen",
                   "127.0.0.1:0",
                   "--admin-token",
                   "tok",
                   "--record-ack",
                   "wait",
                   "-d"}) == 0);
    REQUIRE(t.served);
    CHECK(t.served->proxy.listen.text() == ":8088");
    CHECK(t.served->proxy.upstream == "http://h:1");
    CHECK(t.served->proxy.provider == "openai");
    CHECK(t.served->proxy.project == "p");
    CHECK(t.served->storage.sqlite_path == "x.db");
    CHECK(t.served->publisher.type == config::publisher_type::kafka);
    CHECK(t.served->publisher.kafka.brokers == std::vector<std::string>{"a:1", "b:2"});
    CHECK(t.served->publisher.kafka.topic == "t");
    CHECK(t.served->publisher.kafka.client_id == "c");
    CHECK(t.served->admin.listen.port == 0);
    CHECK(t.served->admin.token == "tok");
    CHECK(t.served->record.ack == config::ack_mode::wait);
    CHECK(t.served->log.level == config::log_level::debug);
    CHECK(t.err.empty());
}

TEST_CASE("serve alone runs the proxy, and global flags stand anywhere") {
    terminal t;
    const auto dir = (t.root / "c").string();
    CHECK(t.run({"--config-dir", dir, "serve", "--upstream", "mock"}) == 0);
    CHECK(t.served->proxy.upstream == "mock");
    CHECK(t.served->config_dir == dir);
    t.served.reset();
    CHECK(t.run({"serve", "proxy", "--config-dir=" + dir, "--debug"}) == 0);
    CHECK(t.served->config_dir == dir);
    CHECK(t.served->log.level == config::log_level::debug);
}

TEST_CASE("an empty --admin-listen means no admin listener") {
    terminal t;
    CHECK(t.run({"serve", "proxy", "--admin-listen="}) == 0);
    CHECK_FALSE(t.served->admin.listen.configured);
    CHECK(t.run({"serve", "proxy", "--admin-listen", "", "--project", "x"}) == 0);
    CHECK_FALSE(t.served->admin.listen.configured);
    CHECK(t.served->proxy.project == "x");
}

TEST_CASE("--set reaches every key") {
    terminal t;
    CHECK(t.run({"serve", "proxy", "--set", "proxy.idle_timeout=10m", "--set", "record.volatile=^a=b",
                 "--set", "publisher.kafka.properties.sasl.username=me"}) == 0);
    CHECK(t.served->proxy.idle_timeout == std::chrono::minutes{10});
    CHECK(t.served->record.volatile_system == std::vector<std::string>{"^a=b"});
    CHECK(t.served->publisher.kafka.properties.at("sasl.username") == "me");
    CHECK(t.run({"serve", "proxy", "--set", "proxy.idle_timeot=1"}) == 2);
    CHECK(t.err == "tapes: --set: unknown key proxy.idle_timeot; did you mean proxy.idle_timeout?\n");
    CHECK(t.run({"serve", "proxy", "--set", "nonsense"}) == 2);
}

TEST_CASE("wrong use is one line on standard error and exit code 2") {
    terminal t;
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
        {{"serve", "proxy", "--publisher", "x"},
         "tapes: unsupported publisher type \"x\" (supported: nop, kafka)\n"},
        {{"serve", "proxy", "--provider", "x"},
         "tapes: unknown provider type: \"x\" (supported: [anthropic openai ollama azure bedrock databricks "
         "gemini groq openrouter mistral vertex xai]); auto: each request "
         "tells\n"},
        {{"serve", "proxy", "--kafka-topic", "t"},
         "tapes: kafka brokers are required when kafka topic is set\n"},
        {{"serve", "proxy", "--kafka-brokers", "b"},
         "tapes: kafka topic is required when kafka brokers are set\n"},
        {{"serve", "proxy", "--publisher", "kafka"},
         "tapes: kafka brokers are required when --publisher=kafka\n"},
        {{"serve", "proxy", "--publisher", "kafka", "--kafka-brokers", "b"},
         "tapes: kafka topic is required when --publisher=kafka\n"},
        {{"serve", "proxy", "--lisen", ":1"}, "tapes: unknown flag \"--lisen\"; did you mean --listen?\n"},
        {{"srve"}, "tapes: unknown command or argument \"srve\"; did you mean serve?\n"},
        {{"chat"}, "tapes: this version has no command \"chat\"; see tapes --help\n"},
        {{"serve", "ingest"}, "tapes: this version has no command \"ingest\"; see tapes --help\n"},
        {{"cursor"}, "tapes: a command is missing: tapes cursor has list, set, reset, delete\n"},
        {{"exchange"}, "tapes: a command is missing: tapes exchange has list, show\n"},
        {{"dlq", "show", "abc"}, "tapes: id: must be a whole number, not \"abc\"\n"},
        {{"dlq", "retry", "7", "-1"}, "tapes: id: must be a whole number, not \"-1\"\n"},
        {{"dlq", "list", "--limit", "-1"}, "tapes: --limit: must be a whole number, not \"-1\"\n"},
        {{"exchange", "list", "--limit=-1"}, "tapes: --limit: must be a whole number, not \"-1\"\n"},
        {{"replay", "--batch", "-1"}, "tapes: --batch: must be a whole number, not \"-1\"\n"},
        {{"cursor", "set", "x", "-1"}, "tapes: row: must be a whole number, not \"-1\"\n"},
        {{"dlq", "retry"}, "tapes: choose dead letters by number, --topic, --since …, or give --all\n"},
        {{"dlq", "list", "--since", "yesterday"},
         "tapes: --since \"yesterday\" is not a time: give 2026-01-31, 2026-01-31T12:00:00Z or an age such "
         "as 90m\n"},
        {{"exchange", "list", "--since", "yesterday"},
         "tapes: --since \"yesterday\" is not a time: give 2026-01-31, 2026-01-31T12:00:00Z or an age such "
         "as 90m\n"},
        {{"serve", "collector", "--kafka-topic", "t"},
         "tapes: no brokers to collect from: give --kafka-brokers, or collector.brokers\n"},
        {{"rebuild", "--from-kafka", "--kafka-brokers", "b:1", "--to", "x.db"},
         "tapes: no topic to collect from: give --kafka-topic, or collector.topic\n"},
        {{"serve", "mock", "--listen", "127.0.0.1:18380x"},
         "tapes: --listen \"127.0.0.1:18380x\": the port must be a number from 0 to 65535\n"},
        {{"config", "get", "proxy.lisen"}, "tapes: unknown key proxy.lisen; did you mean proxy.listen?\n"}};
    for (const auto& [arguments, line] : wrong) {
        CHECK(t.run(arguments) == 2);
        CHECK(t.err == line);
        CHECK(t.out.empty());
    }
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"serve", "proxy", "--listen"},
                                               {"serve", "proxy", "--port", "70000"},
                                               {"serve", "proxy", "--postgres", "postgres://h"},
                                               {"completion", "tcsh"},
                                               {"config", "get"}}) {
        INFO(arguments.back());
        CHECK(t.run(arguments) == 2);
        CHECK_THAT(t.err, StartsWith("tapes: "));
        CHECK(t.err.find('\n') == t.err.size() - 1);
    }
    CHECK_FALSE(t.served);
}

TEST_CASE("what fails without being wrong use is exit code 1") {
    terminal t;
    t.outcome = 1;
    CHECK(t.run({"serve", "proxy"}) == 1);
    t.act.proxy = [](const config::settings&) -> int { throw std::runtime_error{"cannot listen\non it"}; };
    CHECK(t.run({"serve", "proxy"}) == 1);
    CHECK(t.err == "tapes: cannot listen on it\n");
    t.world.environment["TAPES_PROXY_LISTEN"] = "x";
    CHECK(t.run({"serve", "proxy"}) == 1);
    CHECK_THAT(t.err, Contains("TAPES_PROXY_LISTEN"));
}

TEST_CASE("warnings of the configuration are told and do not stop it") {
    terminal t;
    t.world.environment["TAPES_API_LISTEN"] = ":8081";
    CHECK(t.run({"serve", "proxy"}) == 0);
    CHECK_THAT(t.err, StartsWith("tapes: warning: ") && Contains("TAPES_API_LISTEN"));
}

TEST_CASE("serve mock has its own settings") {
    terminal t;
    CHECK(t.run({"serve", "mock", "--listen", "127.0.0.1:0", "--threads", "2", "--delay", "5",
                 "--event-delay", "6", "--events", "7", "--bytes", "8"}) == 0);
    REQUIRE(t.mocked);
    CHECK_FALSE(t.served);
    CHECK(t.mocked->listen == config::listen_address{"127.0.0.1", 0});
    CHECK(t.mocked->threads == 2);
    CHECK(t.mocked->delay == std::chrono::milliseconds{5});
    CHECK(t.mocked->event_delay == std::chrono::milliseconds{6});
    CHECK(t.mocked->events == 7);
    CHECK(t.mocked->bytes == 8);
}

TEST_CASE("config lists every value with its origin, gets one and sets one") {
    terminal t;
    const auto dir = (t.root / "c").string();
    t.world.environment["TAPES_ADMIN_TOKEN"] = "hunter2";
    REQUIRE(t.run({"config", "set", "proxy.upstream", "https://me:pw@example.com", "--config-dir", dir}) ==
            0);
    REQUIRE(t.run({"--config-dir", dir, "config"}) == 0);
    const auto listed = t.out;
    for (const auto& key : config::keys()) {
        if (key.name != "publisher.kafka.properties") {
            CHECK_THAT(listed, Contains(key.name + " "));
        }
    }
    CHECK_THAT(listed, Contains("= https://***@example.com  (" + dir + "/config.toml:2)") &&
                           Contains("= ********  (TAPES_ADMIN_TOKEN)") &&
                           Contains("= 127.0.0.1:8080  (default)") && !Contains("hunter2"));
    REQUIRE(t.run({"config", "list", "--config-dir", dir}) == 0);
    CHECK(t.out == listed);
    REQUIRE(t.run({"config", "get", "proxy.provider", "--config-dir", dir}) == 0);
    CHECK(t.out == "ollama\n");
    REQUIRE(t.run({"config", "get", "storage.sqlite_path", "--config-dir", dir}) == 0);
    CHECK(t.out == dir + "/tapes.sqlite\n");
    REQUIRE(t.run({"config", "get", "admin.token", "--config-dir", dir}) == 0);
    CHECK(t.out == "********\n");
    CHECK(t.run({"config", "set", "proxy.listen", "x", "--config-dir", dir}) == 2);
}

TEST_CASE("version and help are told on standard output") {
    terminal t;
    CHECK(t.run({"version"}) == 0);
    const auto version = t.out;
    CHECK_THAT(version, StartsWith("tapes ") && Contains("."));
    CHECK(t.run({"--version"}) == 0);
    CHECK(t.out == version);
    CHECK(t.run({}) == 0);
    CHECK_THAT(t.out, Contains("Examples:") && Contains("tapes serve proxy --upstream mock"));
    CHECK(t.run({"--help"}) == 0);
    CHECK_THAT(t.out, Contains("Examples:"));
    CHECK(t.run({"serve", "proxy", "--help"}) == 0);
    CHECK_THAT(t.out, Contains("--kafka-brokers") && Contains("Examples:"));
    for (const auto* command : {"list", "pause"}) {
        CHECK(t.run({"replay", command, "--help"}) == 0);
        CHECK_THAT(t.out, !Contains("Examples:"));
    }
    CHECK(t.run({"version", "--help"}) == 0);
    CHECK_THAT(t.out, !Contains("Examples:"));
    CHECK(t.err.empty());
    CHECK_FALSE(t.served);
}

TEST_CASE("a name that is also a command's is a name") {
    terminal t;
    struct row {
        std::vector<std::string> before;
        std::vector<std::string> behind;
    };
    const std::vector<row> named{
        {{"show"}, {}},
        {{"tree"}, {}},
        {{"why"}, {}},
        {{"diff", "a"}, {}},
        {{"diff"}, {"b"}},
        {{"search"}, {}},
        {{"search", "how"}, {}},
        {{"open"}, {}},
        {{"export", "--as", "markdown"}, {}},
        {{"export"}, {"--as", "markdown"}},
        {{"import"}, {}},
        {{"exchange", "show"}, {}},
        {{"dlq", "show"}, {}},
        {{"dlq", "retry"}, {}},
        {{"cursor", "set"}, {"1"}},
        {{"cursor", "reset"}, {}},
        {{"cursor", "delete"}, {}},
        {{"backup"}, {}},
        {{"restore"}, {}},
        {{"replay", "resume"}, {}},
        {{"replay", "pause"}, {}},
        {{"replay", "cancel"}, {}},
        {{"config", "get"}, {}},
        {{"config", "set"}, {"value"}},
        {{"completion"}, {}},
        {{"log", "--project"}, {}},
        {{"tail", "--agent"}, {}},
        {{"stats", "--session"}, {}},
        {{"mcp", "--project"}, {"--no-such-flag"}},
    };
    const auto outcome = [&t](const row& one, const std::string& name) {
        auto words = one.before;
        words.push_back(name);
        words.insert(words.end(), one.behind.begin(), one.behind.end());
        const auto code = t.run(words);
        auto told = std::to_string(code) + t.out + t.err;
        for (auto at = told.find(name); at != std::string::npos; at = told.find(name, at)) {
            told.replace(at, name.size(), "NAME");
        }
        return told;
    };
    const auto store = "--sqlite=" + (t.root / "none.sqlite").string();
    for (auto one : named) {
        one.behind.push_back(store);
        if (one.before.front() == "config" || one.before.front() == "completion") {
            one.behind.pop_back();
        }
        for (const auto* const name : {"version", "completion", "serve", "cursor", "list", "resume"}) {
            INFO(one.before.front() << " … " << name);
            CHECK(outcome(one, name) == outcome(one, "qqqqqq"));
        }
    }
}

TEST_CASE("completion is offered for three shells and bash accepts its own") {
    terminal t;
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        REQUIRE(t.run({"completion", shell}) == 0);
        CHECK_THAT(t.out, Contains("--kafka-brokers") && Contains("proxy.listen"));
    }
    REQUIRE(t.run({"completion", "bash"}) == 0);
    const auto script = (t.root / "completion").string();
    std::ofstream{script}
        << t.out
        << "\nCOMP_WORDS=(tapes serve proxy --kafka-b); COMP_CWORD=3; _tapes\n"
           "[ \"${COMPREPLY[*]}\" = --kafka-brokers ] || exit 1\n"
           "COMP_WORDS=(tapes config get proxy.lis); COMP_CWORD=3; _tapes\n"
           "[ \"${COMPREPLY[*]}\" = proxy.listen ] || exit 1\n"
           "COMP_WORDS=(tapes ser); COMP_CWORD=1; _tapes\n"
           "[ \"${COMPREPLY[*]}\" = serve ] || exit 1\n"
           "tapes() { [ \"$*\" = 'complete-id -s x.sqlite all 3f' ] && echo 3f2a '3f$(exit 1)'; }\n"
           "COMP_WORDS=(tapes show -s x.sqlite 3f); COMP_CWORD=4; _tapes\n"
           "[ \"${COMPREPLY[*]}\" = '3f2a 3f$(exit 1)' ] || exit 1\n"
           "COMP_WORDS=(tapes show -s x.sqlite --th); COMP_CWORD=4; _tapes\n"
           "[ \"${COMPREPLY[*]}\" = '--thinking --thread' ] || exit 1\n"
           "tapes() { [ \"$*\" = 'complete-id session a' ] && echo ab; }\n"
           "COMP_WORDS=(tapes stats --session a); COMP_CWORD=3; _tapes\n"
           "[ \"${COMPREPLY[*]}\" = ab ] || exit 1\n";
    CHECK(std::system(("bash " + script).c_str()) == 0);
}

}  // namespace tapes::cli::command_line_test
