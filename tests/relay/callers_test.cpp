#include "callers.hpp"

#include "heads.hpp"
#include "router.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::callers_test {

namespace {

using test::parsed_request;

constexpr const char* alice = "alice-0123456789abcdef";
constexpr const char* bob = "bob/+=:-0123456789abcd";
constexpr const char* needed = "a token is required (proxy.clients)";
constexpr const char* unknown = "this token is not known (proxy.clients)";

options listed(bool certificates = false) {
    options made;
    made.clients = {{"alice", alice}, {"bob", bob}};
    made.client_ca = certificates ? "ca.pem" : "";
    return made;
}

/// A request of `target` with `fields`, each with its CRLF.
std::string request(const std::string& target, const std::string& fields = "") {
    return "POST " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "X-Last: 1\r\n\r\n";
}

struct row {
    std::string target;
    std::string fields;
    std::string name;
    std::string refusal;
    std::string bare_target;
    std::string bare_fields;
};

}  // namespace

TEST_CASE("a token is found in its three places, and taken off all of them") {
    const std::string field = std::string{"X-Tapes-Token: "} + alice + "\r\n";
    const std::string bearer = std::string{"Proxy-Authorization: Bearer "} + alice + "\r\n";
    const std::string prefix = std::string{"/t/"} + alice;
    const std::string bob_encoded = "bob%2F%2B%3d%3A-0123456789abcd";
    const row rows[] = {
        {"/v1/x?q=1", field, "alice", "", "/v1/x?q=1", ""},
        {"/v1/x", "x-TAPES-token:" + std::string{alice} + "\r\n", "alice", "", "/v1/x", ""},
        {"/v1/x", bearer, "alice", "", "/v1/x", ""},
        {"/v1/x", std::string{"proxy-authorization: bearer  "} + bob + "\r\n", "bob", "", "/v1/x", ""},
        {prefix + "/v1/x?q=1", "", "alice", "", "/v1/x?q=1", ""},
        {prefix, "", "alice", "", "/", ""},
        {prefix + "/", "", "alice", "", "/", ""},
        {prefix + "?q=1", "", "alice", "", "/?q=1", ""},
        {"/t/" + bob_encoded + "/agents/a/providers/openai/v1/x", "", "bob", "",
         "/agents/a/providers/openai/v1/x", ""},
        {"http://h:8080" + prefix + "/v1/x", "", "alice", "", "http://h:8080/v1/x", ""},
        // The first place that is there decides; tokens are taken off the others, too.
        {prefix + "/v1/x", std::string{"X-Tapes-Token: "} + bob + "\r\n", "bob", "", "/v1/x", ""},
        {prefix + "/v1/x", "X-Tapes-Token: wrong\r\n", "", unknown, "/v1/x", ""},
        {"/v1/x", "X-Tapes-Token: wrong\r\n" + bearer + field, "", unknown, "/v1/x", ""},
        {prefix + "/v1/x", "Proxy-Authorization: Basic eDp5\r\n", "alice", "", "/v1/x", ""},
        // What names the URL again.
        {prefix + "/v1/x", "Referer: http://h" + prefix + "/ui\r\n", "alice", "", "/v1/x",
         "Referer: http://h/t/***/ui\r\n"},
        // None, or none that is known.
        {"/v1/x", "", "", needed, "/v1/x", ""},
        {"/v1/x", "X-Tapes-Token:\r\n", "", needed, "/v1/x", ""},
        {"/v1/x", "Proxy-Authorization: Basic eDp5\r\n", "", needed, "/v1/x", ""},
        {"/v1/x", std::string{"Authorization: Bearer "} + "sk-1\r\n", "", needed, "/v1/x",
         "Authorization: Bearer sk-1\r\n"},
        {"/t/wrong/v1/x", "", "", unknown, "/v1/x", ""},
        {"/t//v1/x", "", "", needed, "/v1/x", ""},
        {"/t", "", "", needed, "/t", ""},
        {"/v1" + prefix, "", "", needed, "/v1" + prefix, ""},
        {prefix + "0/v1/x", "", "", unknown, "/v1/x", ""},
        {"*", "", "", needed, "*", ""},
    };
    const caller_list callers{listed()};
    CHECK(callers.active());
    for (const auto& one : rows) {
        const parsed_request asked{request(one.target, one.fields)};
        CAPTURE(asked.bytes);
        std::string bare;
        const auto who = callers.identify(asked.bytes, asked.head, {}, bare);
        CHECK(who.name == one.name);
        CHECK(who.refusal == one.refusal);
        CHECK(who.reason == one.refusal);
        CHECK(bare == request(one.bare_target, one.bare_fields));
        const parsed_request again{bare};
    }
}

TEST_CASE("certificates are required where they are wanted, and tokens as well") {
    const caller_list both{listed(true)};
    const certificate good{"build-7.example", ""};
    const certificate none{"", "none was shown"};
    const std::string field = std::string{"X-Tapes-Token: "} + alice + "\r\n";
    const auto ask = [](const caller_list& callers, const std::string& fields, const certificate& shown) {
        const parsed_request asked{request("/v1/x", fields)};
        std::string bare;
        return callers.identify(asked.bytes, asked.head, shown, bare);
    };
    CHECK(ask(both, field, good).name == "alice");
    CHECK(ask(both, field, good).refusal.empty());
    CHECK(ask(both, "", good).refusal == needed);
    CHECK(ask(both, field, none).refusal == "a client certificate is required (proxy.client_ca)");
    CHECK(ask(both, field, none).reason ==
          "a client certificate is required (proxy.client_ca): none was shown");

    options certificates;
    certificates.client_ca = "ca.pem";
    const caller_list shown{certificates};
    CHECK(shown.active());
    CHECK(ask(shown, "", good).name == "build-7.example");
    CHECK(ask(shown, "", good).refusal.empty());
    CHECK_FALSE(ask(shown, field, none).refusal.empty());
}

TEST_CASE("without clients and certificates nobody is asked") {
    CHECK_FALSE(caller_list{options{}}.active());
}

}  // namespace tapes::relay::callers_test
