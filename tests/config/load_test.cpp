#include "fixture.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/config/load.hpp>

#include <catch2/catch.hpp>

namespace tapes::config::load_test {

using namespace tapes::config;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

const entry& find(const loaded& from, const std::string& key) {
    for (const auto& one : from.entries) {
        if (one.key == key) {
            return one;
        }
    }
    throw std::runtime_error{"no entry " + key};
}

}  // namespace

TEST_CASE("without file, environment and flags every value is its default") {
    sandbox here;
    const auto now = here.load();
    CHECK(now.values.proxy.listen == listen_address{"127.0.0.1", 8080});
    CHECK(now.values.proxy.upstream == "http://localhost:11434");
    CHECK(now.values.proxy.provider == "ollama");
    CHECK(now.values.proxy.project == "work");
    CHECK(now.values.record.budget_bytes == 256ULL << 20);
    CHECK(now.values.storage.sqlite_path == here.in.config_dir + "/tapes.sqlite");
    CHECK(now.values.publisher.type == publisher_type::none);
    CHECK(now.values.admin.listen == listen_address{"127.0.0.1", 8081});
    CHECK(now.warnings.empty());
    CHECK(find(now, "proxy.listen").origin == "default");
    CHECK_FALSE(std::filesystem::exists(here.in.config_dir));
}

TEST_CASE("a flag wins over the environment, that over the file, that over the default") {
    sandbox here;
    here.write("[proxy]\nidle_timeout = 7\nhead_timeout = \"8s\"\nconnect_timeout = \"9s\"\n");
    here.in.environment = {{"TAPES_PROXY_HEAD_TIMEOUT", "80s"}, {"TAPES_PROXY_CONNECT_TIMEOUT", "90s"}};
    here.in.flags = {{"proxy.connect_timeout", "900ms", "--set"}};
    const auto now = here.load();
    CHECK(now.values.proxy.idle_timeout == 7s);
    CHECK(now.values.proxy.head_timeout == 80s);
    CHECK(now.values.proxy.connect_timeout == 900ms);
    CHECK(find(now, "proxy.idle_timeout").origin == here.file() + ":2");
    CHECK(find(now, "proxy.head_timeout").from == source::environment);
    CHECK(find(now, "proxy.head_timeout").origin == "TAPES_PROXY_HEAD_TIMEOUT");
    CHECK(find(now, "proxy.connect_timeout").from == source::flag);
    CHECK(find(now, "proxy.keepalive_timeout").from == source::fallback);
}

TEST_CASE("every kind of value is read from a file") {
    sandbox here;
    here.write(R"(
[proxy]
listen = "[::1]:0"
upstream = "https://user:pw@example.com:8443/base/"
on_client_disconnect = "drain"
max_connections = 12
[record]
ack = "wait"
budget_bytes = 1048576
spill_bytes = "1GiB"
wire = "none"
volatile = ['^x-[a-z]+:', "b"]
[redaction]
headers = ["X-Tenant", "x-corp-*"]
fields = ["tenant_pass"]
[storage]
synchronous = "normal"
[publisher.kafka]
brokers = [" a:1 ", "", "b:2"]
topic = " nodes "
create_topic = false
retention = "7d"
[publisher.kafka.properties]
"sasl.username" = "me"
sasl.password = "hunter2"
"linger.ms" = 5
[log]
format = "json"
)");
    const auto now = here.load().values;
    CHECK(now.proxy.listen == listen_address{"::1", 0});
    CHECK(now.proxy.upstream == "https://user:pw@example.com:8443/base");
    CHECK(now.proxy.on_client_disconnect == client_gone::drain);
    CHECK(now.proxy.max_connections == 12);
    CHECK(now.record.ack == ack_mode::wait);
    CHECK(now.record.budget_bytes == 1048576);
    CHECK(now.record.spill_bytes == 1ULL << 30);
    CHECK(now.record.wire == wire_mode::none);
    CHECK(now.record.volatile_system == std::vector<std::string>{"^x-[a-z]+:", "b"});
    CHECK(now.redaction.headers == std::vector<std::string>{"X-Tenant", "x-corp-*"});
    CHECK(now.redaction.fields == std::vector<std::string>{"tenant_pass"});
    CHECK(now.storage.synchronous == durability::normal);
    CHECK(now.publisher.type == publisher_type::kafka);
    CHECK(now.publisher.kafka.brokers == std::vector<std::string>{"a:1", "b:2"});
    CHECK(now.publisher.kafka.topic == "nodes");
    CHECK_FALSE(now.publisher.kafka.create_topic);
    CHECK(now.publisher.kafka.retention == 168h);
    CHECK(now.publisher.kafka.properties == std::map<std::string, std::string>{{"sasl.username", "me"},
                                                                               {"sasl.password", "hunter2"},
                                                                               {"linger.ms", "5"}});
    CHECK(now.log.format == log_format::json);
}

TEST_CASE("the environment reaches lists and librdkafka properties") {
    sandbox here;
    here.in.environment = {{"TAPES_PUBLISHER_KAFKA_BROKERS", "a:1, b:2,,"},
                           {"TAPES_PUBLISHER_KAFKA_TOPIC", "t"},
                           {"TAPES_PUBLISHER_KAFKA_PROPERTIES_SASL_PASSWORD", "p"},
                           {"TAPES_RECORD_VOLATILE", R"(["a,b", "c"])"},
                           {"TAPES_ADMIN_LISTEN", "none"},
                           {"TAPES_LOG_LEVEL", ""},
                           {"OTHER", "x"}};
    const auto now = here.load();
    CHECK(now.values.publisher.kafka.brokers == std::vector<std::string>{"a:1", "b:2"});
    CHECK(now.values.publisher.kafka.properties.at("sasl.password") == "p");
    CHECK(now.values.record.volatile_system == std::vector<std::string>{"a,b", "c"});
    CHECK_FALSE(now.values.admin.listen.configured);
    CHECK(now.values.log.level == log_level::info);
    CHECK(now.warnings.empty());
}

TEST_CASE("an unknown key is an error that names its line and the nearest known key") {
    sandbox here;
    here.write("[proxy]\n\nlisen = \":1\"\n");
    CHECK(here.failure() == here.file() + ":3: unknown key proxy.lisen; did you mean proxy.listen?");
    here.write("zzzzzzzzzzzzzzzzzz = 1\n");
    CHECK(here.failure() == here.file() + ":1: unknown key zzzzzzzzzzzzzzzzzz");
}

TEST_CASE("an unknown variable is a warning that names the nearest known one") {
    sandbox here;
    here.in.environment = {{"TAPES_PROXY_UPSTREM", "x"}};
    const auto now = here.load();
    REQUIRE(now.warnings.size() == 1);
    CHECK(now.warnings[0] ==
          "unknown variable TAPES_PROXY_UPSTREM is ignored; did you mean TAPES_PROXY_UPSTREAM?");
}

TEST_CASE("keys of v0.4 that mean nothing here are one warning in all") {
    sandbox here;
    here.write(
        "version = 0\n[api]\nlisten = \":8081\"\n[ingest]\nlisten = \":8082\"\n[embedding]\nmodel = \"m\"\n");
    here.in.environment = {{"TAPES_API_LISTEN", ":1"}};
    const auto now = here.load();
    REQUIRE(now.warnings.size() == 1);
    CHECK_THAT(now.warnings[0], Contains("api.listen") && Contains("ingest.listen") &&
                                    Contains("embedding.model") && Contains("TAPES_API_LISTEN"));
}

TEST_CASE("a bad value is an error with key, value, origin and what would be right") {
    sandbox here;
    here.write("[proxy]\nidle_timeout = \"3 parsecs\"\n");
    CHECK(here.failure() ==
          "proxy.idle_timeout = \"3 parsecs\" (" + here.file() +
              ":2): must be a duration such as \"30s\", \"250ms\", \"5m\", or whole seconds");
    here.write("[proxy]\nlisten = 8080\n");
    CHECK_THAT(here.failure(), Contains("must be host:port"));
    here.write("[proxy]\nidle_timeout = 1.5\n");
    CHECK_THAT(here.failure(), Contains("line 2"));
    here.write("[proxy\n");
    CHECK_THAT(here.failure(), Contains(here.file() + ": line 1: "));
    here.write("");
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"proxy.listen", "localhost"},
        {"proxy.listen", "::1:80"},
        {"proxy.listen", "[::1]:65536"},
        {"proxy.listen", "a b:1"},
        {"proxy.upstream", "localhost:1"},
        {"proxy.upstream", "ftp://x"},
        {"proxy.upstream", "http://"},
        {"proxy.upstream", "http://h:0"},
        {"proxy.upstream", "http://h?q"},
        {"proxy.upstream", "http://h\r\nX: y"},
        {"proxy.allowed_origins", "chat.example"},
        {"proxy.allowed_origins", "https://"},
        {"proxy.allowed_origins", "https://*.example, https://chat.example/path"},
        {"proxy.max_connections", "0"},
        {"proxy.max_connections", "-1"},
        {"proxy.connect_timeout", "0"},
        {"proxy.connect_timeout", "99999999999999999999s"},
        {"record.ack", "maybe"},
        {"record.budget_bytes", "12 bananas"},
        {"record.budget_bytes", "99999999TiB"},
        {"record.volatile", "("},
        {"redaction.headers", "*"},
        {"redaction.headers", "two words"},
        {"redaction.headers", "x-mine,content-*"},
        {"redaction.fields", "**"},
        {"redaction.fields", "api\"key"},
        {"redaction.fields", "mess*"},
        {"publisher.kafka.create_topic", "perhaps"},
        {"storage.postgres_dsn", "postgres://x"},
        {"publisher.kafka.properties", "a=b"},
        {"proxy.tls_cert", "x.pem"}};
    for (const auto& [key, value] : wrong) {
        INFO(key << " = " << value);
        CHECK_THAT(here.failure_of(key, value), Contains(key));
    }
}

TEST_CASE("origins of web pages are a list, in which a final slash says nothing") {
    sandbox here;
    here.in.flags = {{"proxy.allowed_origins", "https://chat.example/, app://chat,http://[::1]:3000", ""}};
    const auto now = here.load().values;
    CHECK(now.proxy.allowed_origins ==
          std::vector<std::string>{"https://chat.example", "app://chat", "http://[::1]:3000"});
    here.in.flags = {{"proxy.allowed_origins", "*", ""}};
    CHECK(here.load().values.proxy.allowed_origins == std::vector<std::string>{"*"});
}

TEST_CASE("with auto the upstreams that nobody has set are none") {
    sandbox here;
    here.write("[proxy]\nanthropic_upstream = \"https://gateway.example\"\n");
    CHECK(here.load().values.proxy.openai_upstream == "https://api.openai.com/v1");
    here.in.flags = {{"proxy.provider", "auto", ""}};
    const auto named = here.load().values.proxy;
    CHECK(named.provider == "auto");
    CHECK(named.anthropic_upstream == "https://gateway.example");
    CHECK(named.upstream.empty());
    CHECK(named.openai_upstream.empty());
    CHECK(named.gemini_upstream.empty());
    CHECK(named.ollama_upstream.empty());
    CHECK(named.openai_auth_upstream.empty());
    // Whoever writes a default down has named it.
    here.in.flags.push_back({"proxy.openai_upstream", "https://api.openai.com/v1", ""});
    CHECK(here.load().values.proxy.openai_upstream == "https://api.openai.com/v1");
}

TEST_CASE("errors of the publisher and the provider have the reference's texts") {
    sandbox here;
    const auto with = [&](std::vector<flag_value> flags) {
        here.in.flags = std::move(flags);
        return here.failure();
    };
    CHECK(with({{"publisher.kafka.topic", "t", ""}}) == "kafka brokers are required when kafka topic is set");
    CHECK(with({{"publisher.kafka.brokers", " , b:1", ""}}) ==
          "kafka topic is required when kafka brokers are set");
    CHECK(with({{"publisher.kafka.brokers", " , ", ""}}) == "");
    CHECK(with({{"publisher.type", "kafka", ""}}) == "kafka brokers are required when --publisher=kafka");
    CHECK(with({{"publisher.type", "kafka", ""}, {"publisher.kafka.brokers", "b", ""}}) ==
          "kafka topic is required when --publisher=kafka");
    CHECK(with({{"publisher.type", "x", ""}}) == "unsupported publisher type \"x\" (supported: nop, kafka)");
    CHECK(with({{"proxy.provider", "x", ""}}) ==
          "unknown provider type: \"x\" (supported: [anthropic openai ollama azure bedrock databricks gemini "
          "groq openrouter mistral vertex xai]); auto: each request tells");
    here.write("[proxy]\nprovider = \"x\"\n");
    CHECK(with({}) ==
          "unknown provider type: \"x\" (supported: [anthropic openai ollama azure bedrock databricks gemini "
          "groq openrouter mistral vertex xai]); auto: each request tells "
          "(proxy.provider, " +
              here.file() + ":2)");
    here.write("");
    CHECK(with({{"publisher.type", "nop", ""}, {"publisher.kafka.topic", "t", ""}}) == "");
}

TEST_CASE("an admin listener that others can reach needs a token") {
    sandbox here;
    for (const auto* open : {":8081", "0.0.0.0:8081", "[::]:8081", "example.com:8081", "127.evil.com:1"}) {
        CHECK_THAT(here.failure_of("admin.listen", open), Contains("admin.token must be set"));
    }
    for (const auto* closed : {"127.0.0.2:0", "[::1]:8081", "localhost:8081", "", "none"}) {
        CHECK(here.failure_of("admin.listen", closed) == "");
    }
    here.in.flags = {{"admin.listen", ":8081", ""}, {"admin.token", "s3cret", ""}};
    CHECK(here.failure() == "");
}

TEST_CASE("a blank token or password is none, and is refused") {
    const std::string blank = GENERATE(" ", "\t \r", "\xc2\xa0", "\xe2\x80\x8b\xe2\x80\xaf", "\xe3\x80\x80 ");
    const std::string key =
        GENERATE("admin.token", "collector.content_token", "publisher.kafka.properties.sasl.password");
    CAPTURE(key, blank);
    sandbox box;
    SECTION("by a flag") {
        box.in.flags = {{key, blank, "--set"}};
    }
    SECTION("by the file") {
        std::string quoted;
        for (const char c : blank) {
            quoted += c == '\t' ? "\\t" : c == '\r' ? "\\r" : std::string{c};
        }
        box.write(key + " = \"" + quoted + "\"\n");
    }
    CHECK_THROWS_WITH(load(box.in), Contains("blank") && Contains(key));
}

TEST_CASE("an empty token is none") {
    sandbox box;
    box.in.flags = {{"admin.token", "", "--set"}};
    CHECK(load(box.in).values.admin.token.empty());
}

TEST_CASE("a file whose names, tables or lists nest too deep is an error") {
    const auto times = [](std::string_view part, int count) {
        std::string all;
        for (int i = 0; i < count; ++i) {
            all += part;
        }
        return all;
    };
    const int deep = GENERATE(40, 1000, 100'000);
    const auto text = GENERATE_COPY(
        as<std::string>{}, times("a.", deep) + "a = 1", "[" + times("a.", deep) + "a]\n",
        "[[" + times("a.", deep) + "a]]\n", times("\"a\".", deep) + "a = 1", times("a . ", deep) + "a = 1",
        "x = " + times("[", deep) + times("]", deep), "x = " + times("{a=", deep) + "1" + times("}", deep),
        "x = {" + times("a.", deep) + "a = 1}", "x = " + times("[\n", deep));
    sandbox box;
    box.write("# a comment\n" + text + "\n");
    CHECK_THROWS_WITH(load(box.in), Contains("deep") && Contains("line "));
}

TEST_CASE("dots and brackets in strings and comments nest nothing") {
    sandbox box;
    const std::string many(100, '.');
    const std::string open(100, '[');
    box.write("# " + many + open + "\n[proxy]\nproject = \"\"\"\n" + many + open +
              "\\\"\"\"\"\n[storage]\nsqlite_path = '/" + open + many + "'\n");
    const auto values = load(box.in).values;
    CHECK(values.proxy.project == many + open + "\"");
    CHECK(values.storage.sqlite_path == "/" + open + many);
}

TEST_CASE("--port keeps the host of the listen address") {
    sandbox here;
    here.write("proxy.listen = \":9000\"\n");
    here.in.port = 8088;
    CHECK(here.load().values.proxy.listen.text() == ":8088");
}

TEST_CASE("secrets are masked in what is shown and in errors") {
    CHECK(masked("admin.token", "abc") == "********");
    CHECK(masked("admin.token", "") == "");
    CHECK(masked("publisher.kafka.properties.sasl.password", "abc") == "********");
    CHECK(masked("publisher.kafka.properties.ssl.key.password", "abc") == "********");
    CHECK(masked("publisher.kafka.properties.sasl.username", "abc") == "abc");
    CHECK(masked("proxy.upstream", "https://u:p@h/x") == "https://***@h/x");
    CHECK(masked("proxy.upstream", "https://h/x@y") == "https://h/x@y");
    CHECK(masked("proxy.upstream", "https://h/x?key=abc") == "https://h/x?***");
    CHECK(masked("collector.content_source", "http://a/?key=abc#d, http://u@b") ==
          "http://a/?***, http://***@b");
    CHECK(masked("record.volatile", "[\"https?://a?b\"]") == "[\"https?://a?b\"]");
    CHECK(masked("storage.postgres_dsn", "host=h password=abc") == "********");
    sandbox here;
    CHECK_THAT(here.failure_of("proxy.upstream", "https://u:hunter2@h?q"), !Contains("hunter2"));
    CHECK_THAT(here.failure_of("proxy.upstream", "https://h/v1?key=hunter2"), !Contains("hunter2"));
    CHECK_THAT(here.failure_of("storage.postgres_dsn", "host=h password=hunter2"), !Contains("hunter2"));
}

TEST_CASE("the directory is --config-dir, else TAPES_CONFIG_DIR, else ./.tapes, else ~/.tapes") {
    sandbox here;
    CHECK(find_config_dir(here.in) == here.in.config_dir);
    here.in.config_dir = "";
    CHECK(find_config_dir(here.in) == here.in.home + "/.tapes");
    std::filesystem::create_directory(here.in.working_directory + "/.tapes");
    CHECK(find_config_dir(here.in) == here.in.working_directory + "/.tapes");
    here.in.environment["TAPES_CONFIG_DIR"] = "/elsewhere";
    CHECK(find_config_dir(here.in) == "/elsewhere");
}

TEST_CASE("the project is the git top level's name, else the directory's") {
    sandbox here;
    const auto deep = here.root() / "work" / "a" / "b";
    std::filesystem::create_directories(deep);
    here.in.working_directory = deep.string();
    CHECK(here.load().values.proxy.project == "b");
    std::filesystem::create_directory(here.root() / "work" / ".git");
    CHECK(here.load().values.proxy.project == "work");
    here.in.flags = {{"proxy.project", "mine", ""}};
    CHECK(here.load().values.proxy.project == "mine");
}

TEST_CASE("retry policies of dead letters can be named, chosen and made") {
    sandbox here;
    here.write(R"([dead_letters]
retry = "cautious"
retry_by_event_type = ["tapes.node.v1=aggressive"]
retry_by_topic = ["a=slow", "b=manual"]
policies = ["slow=5 retries, 60s to 1h, times 2.5", "once=1 retries, 10s"]
retention = "1d"
)");
    const auto now = here.load();
    const auto& how = now.values.dead_letters;
    CHECK(how.retry == "cautious");
    CHECK(how.retry_by_event_type.at("tapes.node.v1") == "aggressive");
    CHECK(how.retry_by_topic.at("a") == "slow");
    CHECK(how.policies.at("slow") == retry_figures{5, 60s, 1h, 2.5});
    CHECK(how.policies.at("once") == retry_figures{1, 10s, 0ms, 1.0});
    CHECK(how.retention == 24h);
    CHECK(find(now, "dead_letters.policies").value ==
          R"(["once=1 retries, 10s", "slow=5 retries, 60s to 3600s, times 2.5"])");
}

TEST_CASE("a retry policy that does not exist, or cannot be, is refused with what would be right") {
    sandbox here;
    here.write("[dead_letters]\nretry_by_topic = [\"a=agressive\"]\n");
    CHECK_THROWS_WITH(here.load(), Contains("no retry policy \"agressive\"; did you mean aggressive?"));
    here.write("[dead_letters]\npolicies = [\"a=2 tries\"]\n");
    CHECK_THROWS_WITH(here.load(), Contains("5 retries, 60s to 1h, times 2"));
    here.write("[dead_letters]\npolicies = [\"a=2 retries, 60s to 1s\"]\n");
    CHECK_THROWS_WITH(here.load(), Contains("longest wait"));
    here.write("[dead_letters]\npolicies = [\"a=2 retries, 60s, times 0.5\"]\n");
    CHECK_THROWS_WITH(here.load(), Contains("from 1 to 1000"));
}

}  // namespace tapes::config::load_test
