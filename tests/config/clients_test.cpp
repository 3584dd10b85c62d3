#include "fixture.hpp"

#include <tapes/config/keys.hpp>

#include <catch2/catch.hpp>

namespace tapes::config::clients_test {

namespace {

using Catch::Matchers::Contains;

constexpr const char* token = "0123456789abcdef0123456789abcdef";
constexpr const char* other = "fedcba9876543210fedcba9876543210";

std::string shown(const loaded& from, const std::string& key) {
    for (const auto& one : from.entries) {
        if (one.key == key) {
            return masked(one.key, one.value) + " (" + one.origin + ")";
        }
    }
    return "no entry";
}

}  // namespace

TEST_CASE("clients come from a table, a list, the environment and flags") {
    sandbox here;
    CHECK(here.load().values.proxy.clients.empty());
    CHECK(shown(here.load(), "proxy.clients") == "[] (default)");
    here.write(std::string{"[proxy.clients]\nalice = \""} + token + "\"\nbob = \"file:~/bob\"\n");
    auto now = here.load();
    CHECK(now.values.proxy.clients ==
          std::map<std::string, std::string>{{"alice", token}, {"bob", "file:" + here.in.home + "/bob"}});
    CHECK(shown(now, "proxy.clients.alice") == "******** (" + here.file() + ":3)");
    CHECK(shown(now, "proxy.clients.bob") == "file:" + here.in.home + "/bob (" + here.file() + ":3)");
    here.write(std::string{"[proxy]\nclients = [\"alice="} + token + "\", \"bob=" + other + "\"]\n");
    CHECK(here.load().values.proxy.clients ==
          std::map<std::string, std::string>{{"alice", token}, {"bob", other}});
    here.in.environment = {
        {"TAPES_PROXY_CLIENTS", std::string{" carol = "} + token + " , dan=file:/run/dan"}};
    now = here.load();
    CHECK(now.values.proxy.clients ==
          std::map<std::string, std::string>{{"carol", token}, {"dan", "file:/run/dan"}});
    CHECK(shown(now, "proxy.clients.carol") == "******** (TAPES_PROXY_CLIENTS)");
    here.in.flags = {{"proxy.clients.eve", other, "--set"}};
    CHECK(here.load().values.proxy.clients.size() == 3);
    here.in.flags = {{"proxy.clients", "[]", "--set"}};
    CHECK(here.load().values.proxy.clients.empty());
}

TEST_CASE("tokens that protect nothing are refused, and never shown") {
    const std::pair<std::string, const char*> rows[] = {
        {"  ", "must not be blank"},
        {" , ", "must not be blank"},
        {"alice=", "must not be blank"},
        {"alice=   ", "must not be blank"},
        {"alice=short-secret", "16 to 512 characters"},
        {"alice=" + std::string(600, 'x'), "16 to 512 characters"},
        {"alice=with space-0123456789", "visible ASCII"},
        {"alice=with\\backslash-0123", "visible ASCII"},
        {"alice=k\xc3\xbchn-0123456789abc", "visible ASCII"},
        {"alice=file:", "must name the file"},
        {token, "must be a list such as"},
        {std::string{"alice="} + token + ",alice=" + other, "each name once"},
        {std::string{"="} + token, "a client's name must be"},
        {std::string{"a b="} + token, "a client's name must be"},
        {std::string{"a/b="} + token, "a client's name must be"},
    };
    for (const auto& [text, problem] : rows) {
        sandbox here;
        here.in.environment = {{"TAPES_PROXY_CLIENTS", text}};
        const auto failure = here.failure();
        CAPTURE(text, failure);
        CHECK_THAT(failure, Contains("proxy.clients"));
        CHECK_THAT(failure, Contains(problem));
        CHECK_THAT(failure, Contains("TAPES_PROXY_CLIENTS"));
        CHECK(failure.find(token) == std::string::npos);
        CHECK(failure.find("short-secret") == std::string::npos);
    }
    sandbox here;
    here.write("[proxy.clients]\nalice = \"\"\n");
    CHECK_THAT(here.failure(), Contains("proxy.clients.alice") && Contains("must not be blank"));
}

TEST_CASE("a token is read from its file, without white space around it") {
    sandbox here;
    const auto path = (here.root() / "bob").string();
    here.in.flags = {{"proxy.clients", "bob=file:" + path + ",alice=" + token, "--set"}};
    const auto proxy = here.load().values.proxy;
    CHECK_THROWS_WITH(client_tokens(proxy), Contains("proxy.clients.bob") && Contains("cannot read"));
    std::ofstream{path} << " " << other << "\r\n";
    CHECK(client_tokens(proxy) == std::map<std::string, std::string>{{"alice", token}, {"bob", other}});
    std::ofstream{path} << "short\n";
    CHECK_THROWS_WITH(client_tokens(proxy), Contains("16 to 512") && Contains(path));
    std::ofstream{path} << "\n";
    CHECK_THROWS_WITH(client_tokens(proxy), Contains("blank"));
    std::ofstream{path} << token << "\n";
    CHECK_THROWS_WITH(client_tokens(proxy), Contains("alice and bob have the same token"));
}

TEST_CASE("a client is written to the file, and the authorities of certificates need TLS") {
    sandbox here;
    set_in_file(here.in.config_dir, "proxy.clients.alice", token);
    set_in_file(here.in.config_dir, "proxy.clients.bob", other);
    CHECK(here.load().values.proxy.clients.size() == 2);
    CHECK_THROWS_WITH(set_in_file(here.in.config_dir, "proxy.clients.bob", "short"),
                      Contains("16 to 512") && Contains("********"));
    here.in.flags = {{"proxy.client_ca", "~/ca.pem", "--set"}};
    CHECK_THAT(here.failure(), Contains("proxy.client_ca") && Contains("proxy.tls_cert"));
    here.in.flags.push_back({"proxy.tls_cert", "c.pem", "--set"});
    here.in.flags.push_back({"proxy.tls_key", "k.pem", "--set"});
    CHECK(here.load().values.proxy.client_ca == here.in.home + "/ca.pem");
}

}  // namespace tapes::config::clients_test
