#include "fixture.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/config/load.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace tapes::config::edit_test {

using namespace tapes::config;
using Catch::Matchers::Contains;

namespace {

const std::string repository = std::string{TAPES_TEST_DATA} + "/../..";

/// The generated part of the page: from the first line of the table to its last.
std::string table_in(const std::string& page) {
    const auto begin = page.find("| key |");
    if (begin == std::string::npos) {
        return {};
    }
    return page.substr(begin, page.find("\n\n", begin) - begin + 1);
}

}  // namespace

TEST_CASE("setting a value keeps the rest of the file") {
    sandbox here;
    here.write(
        "# mine\n[proxy] # p\nlisten = \":1\"  # é\nprovider = \"openai\" # keep\n[log]\nlevel='warn'\n");
    set_in_file(here.in.config_dir, "proxy.provider", "anthropic");
    set_in_file(here.in.config_dir, "log.format", "json");
    set_in_file(here.in.config_dir, "proxy.listen", ":2");
    set_in_file(here.in.config_dir, "proxy.threads", "3");
    CHECK(here.read() ==
          "# mine\n[proxy] # p\nthreads = 3\nlisten = \":2\"  # é\nprovider = \"anthropic\" # keep\n"
          "[log]\nformat = \"json\"\nlevel='warn'\n");
    const auto now = here.load().values;
    CHECK(now.proxy.threads == 3);
    CHECK(now.log.format == log_format::json);
}

TEST_CASE("setting a value makes the file, for its owner only") {
    sandbox here;
    set_in_file(here.in.config_dir, "publisher.kafka.properties.sasl.password", "a\"b");
    set_in_file(here.in.config_dir, "publisher.kafka.create_topic", "no");
    set_in_file(here.in.config_dir, "record.volatile", R"(["a", "\\d+"])");
    struct stat status {};
    REQUIRE(::stat(here.file().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    REQUIRE(::stat(here.in.config_dir.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    const auto now = here.load().values;
    CHECK(now.publisher.kafka.properties.at("sasl.password") == "a\"b");
    CHECK_FALSE(now.publisher.kafka.create_topic);
    CHECK(now.record.volatile_system == std::vector<std::string>{"a", "\\d+"});
}

TEST_CASE("setting a bad value or an unknown key changes nothing") {
    sandbox here;
    here.write("[proxy]\n");
    CHECK_THROWS_WITH(set_in_file(here.in.config_dir, "proxy.listen", "x"), Contains("host:port"));
    CHECK_THROWS_WITH(set_in_file(here.in.config_dir, "proxy.listn", ":1"),
                      Contains("did you mean proxy.listen?"));
    CHECK_THROWS_AS(set_in_file(here.in.config_dir, "proxy.provider", "x"), error);
    CHECK(here.read() == "[proxy]\n");
}

TEST_CASE("a file that cannot be edited safely is left alone") {
    sandbox here;
    here.write("proxy = { listen = \":1\" }\n");
    CHECK_THROWS_AS(set_in_file(here.in.config_dir, "proxy.threads", "1"), error);
    CHECK(here.read() == "proxy = { listen = \":1\" }\n");
    set_in_file(here.in.config_dir, "proxy.listen", ":2");
    CHECK(here.read() == "proxy = { listen = \":2\" }\n");
}

TEST_CASE("the sample file names every key and is the one that the list of keys makes") {
    const auto path = repository + "/config/config.toml";
    if (std::getenv("TAPES_UPDATE_DOCS") != nullptr) {
        std::ofstream{path} << sample_file();
    }
    const auto text = sandbox::read_all(path);
    CHECK(text == sample_file());
    sandbox here;
    here.write(text);
    CHECK(here.failure() == "");
    // Every commented value, uncommented, is valid and is the default.
    std::string active;
    std::size_t at = 0;
    while (at < text.size()) {
        auto line = text.substr(at, text.find('\n', at) - at);
        at += line.size() + 1;
        if (line.starts_with("# ") && line.find(" = ") != std::string::npos &&
            line.find(' ', 2) == line.find(" = ")) {
            line = line.substr(2);
        }
        active += line + "\n";
    }
    here.write(active);
    REQUIRE(here.failure() == "");
    const auto now = here.load();
    for (const auto& one : now.entries) {
        const auto* key = find_key(one.key);
        INFO(one.key);
        REQUIRE(key != nullptr);
        if (one.key != "storage.postgres_dsn") {
            CHECK(one.from == source::file);
        }
        if (key->name != "publisher.kafka.properties" && key->name != "proxy.project" &&
            key->name != "storage.sqlite_path") {
            CHECK(one.value == key->fallback);
        }
    }
}

TEST_CASE("the table of docs/configuration.md is the one that the list of keys makes") {
    const auto path = repository + "/docs/configuration.md";
    auto page = sandbox::read_all(path);
    if (std::getenv("TAPES_UPDATE_DOCS") != nullptr) {
        const auto old = table_in(page);
        page.replace(page.find(old), old.size(), markdown_table());
        std::ofstream{path} << page;
    }
    CHECK(table_in(page) == markdown_table());
}

}  // namespace tapes::config::edit_test
