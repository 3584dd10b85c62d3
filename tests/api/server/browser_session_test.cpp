#include "client.hpp"
#include "server/browser_cookie.hpp"

#include <tapes/api/admin_server.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace tapes::api::browser_session_test {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace std::chrono_literals;

namespace {

/// A server with one route that is read and one that changes something.
struct guarded {
    explicit guarded(const std::string& token = "s3cret", bool made = true)
        : figures{account, {}}, server{options(token, made), figures, routes()} {}

    std::string host() const { return "127.0.0.1:" + std::to_string(server.port()); }

    std::string ask(const std::string& method, const std::string& target, const std::string& fields = "",
                    const std::string& body = "") const {
        raw_client client{server.port()};
        client.send(method + " " + target + " HTTP/1.1\r\nHost: " + host() +
                    "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                    fields + "\r\n" + body);
        return client.read_to_end();
    }
    std::string status(const std::string& method, const std::string& target,
                       const std::string& fields = "") const {
        return ask(method, target, fields).substr(9, 3);
    }
    std::string code() const {
        const auto answer = ask("POST", "/v1/browser/codes", "Authorization: Bearer s3cret\r\n");
        return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n")))["code"];
    }
    std::string enter(const std::string& with, const std::string& fields = "") const {
        return ask("POST", "/v1/browser/session", fields, "{\"code\":\"" + with + "\"}");
    }
    /// The field by which a browser sends the cookie of an answer.
    std::string cookie_field(const std::string& answer) const {
        const auto at = answer.find("Set-Cookie: ") + 12;
        return "Cookie: " + answer.substr(at, answer.find(';', at) - at) + "\r\n";
    }
    std::string own_origin() const { return "Origin: http://" + host() + "\r\n"; }

    static admin_options options(const std::string& token, bool made) {
        admin_options all;
        all.token = token;
        all.token_is_made = made;
        return all;
    }
    static route_table routes() {
        route_table all;
        all.add({"GET", "/v1/x", [](const request&) { return response{200, "x\n"}; }});
        all.add({"DELETE", "/v1/x", [](const request&) { return response{200, "{}\n"}; }});
        return all;
    }

    capture::ledger account;
    metrics figures;
    admin_server server;
};

}  // namespace

TEST_CASE("a code is exchanged once for a cookie, by which the browser reads") {
    const guarded here{"s3cret", GENERATE(true, false)};
    CHECK(here.status("POST", "/v1/browser/codes") == "401");
    const auto code = here.code();
    const auto entered = here.enter(code, here.own_origin());
    CHECK_THAT(entered, StartsWith("HTTP/1.1 200") && Contains("Cache-Control: no-store") &&
                            Contains("; HttpOnly; SameSite=Strict") && !Contains("s3cret"));
    CHECK_THAT(entered, Contains("Set-Cookie: tapes-" + std::to_string(here.server.port()) + "="));
    const auto cookie = here.cookie_field(entered);
    CHECK(here.status("GET", "/v1/x", cookie) == "200");
    CHECK(here.status("HEAD", "/v1/x", cookie) == "200");
    CHECK(here.status("GET", "/v1/x") == "401");
    CHECK_THAT(here.enter(code),
               StartsWith("HTTP/1.1 403") && Contains("tapes open") && !Contains("Set-Cookie"));
    CHECK_THAT(here.enter("nonsense"), StartsWith("HTTP/1.1 403"));
    for (const auto* body : {"", "[]", "{}", "{\"code\":1}", "{\"code\":", "{\"code\":\"\"}"}) {
        CHECK_THAT(here.ask("POST", "/v1/browser/session", "", body), StartsWith("HTTP/1.1 400"));
    }
    CHECK_THAT(here.ask("POST", "/v1/browser/session", "", "{\"code\":\"" + std::string(512, '0') + "\"}"),
               StartsWith("HTTP/1.1 400"));
}

TEST_CASE("a cookie makes no codes, and does not mend a wrong token") {
    const guarded here;
    const auto cookie = here.cookie_field(here.enter(here.code()));
    CHECK(here.status("POST", "/v1/browser/codes", cookie + here.own_origin()) == "401");
    CHECK(here.status("GET", "/v1/x", cookie + "Authorization: Bearer wrong\r\n") == "401");
    CHECK(here.status("GET", "/v1/x", cookie + "Authorization: Bearer s3cret\r\n") == "200");
}

TEST_CASE("a cookie is good from our own page alone") {
    const guarded here;
    const auto cookie = here.cookie_field(here.enter(here.code()));
    for (const auto* site : {"same-site", "cross-site", "nonsense"}) {
        INFO(site);
        CHECK(here.status("GET", "/v1/x", cookie + "Sec-Fetch-Site: " + site + "\r\n") == "401");
        CHECK(here.status("DELETE", "/v1/x", cookie + "Sec-Fetch-Site: " + site + "\r\n") == "401");
        CHECK_THAT(here.enter(here.code(), std::string{"Sec-Fetch-Site: "} + site + "\r\n"),
                   StartsWith("HTTP/1.1 403"));
    }
    CHECK(here.status("GET", "/v1/x", cookie + "Sec-Fetch-Site: same-origin\r\n") == "200");
    CHECK(here.status("GET", "/v1/x", cookie + "Sec-Fetch-Site: none\r\n") == "200");
    CHECK(here.status("GET", "/v1/x",
                      cookie + "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n") == "401");
    CHECK(here.status("DELETE", "/v1/x", cookie) == "401");
    CHECK(here.status("DELETE", "/v1/x", cookie + "Sec-Fetch-Site: none\r\n") == "401");
    CHECK(here.status("DELETE", "/v1/x", cookie + "Sec-Fetch-Site: same-origin\r\n") == "200");
    CHECK(here.status("DELETE", "/v1/x", cookie + here.own_origin()) == "200");
    for (const auto* origin : {"null", "https://evil.test", "http://127.0.0.1:1", "http://localhost"}) {
        INFO(origin);
        const auto field = std::string{"Origin: "} + origin + "\r\n";
        CHECK(here.status("GET", "/v1/x", cookie + field) == "403");
        CHECK(here.status("DELETE", "/v1/x", cookie + field) == "403");
        CHECK_THAT(here.enter(here.code(), field), StartsWith("HTTP/1.1 403"));
    }
}

TEST_CASE("a cookie outlives the process, and is of no use where the token is another one") {
    std::string value;
    {
        const guarded first;
        const auto field = first.cookie_field(first.enter(first.code()));
        value = field.substr(field.find('=') + 1);
    }
    const guarded again;
    const auto named = [&](const guarded& at, const std::string& cookie) {
        return "Cookie: tapes-" + std::to_string(at.server.port()) + "=" + cookie;
    };
    CHECK(again.status("GET", "/v1/x", named(again, value)) == "200");
    const guarded other{"another"};
    CHECK(other.status("GET", "/v1/x", named(other, value)) == "401");
    const auto now = browser_cookie::clock::now();
    CHECK(again.status("GET", "/v1/x", named(again, browser_cookie{"s3cret"}.make(now + 1h) + "\r\n")) ==
          "200");
    CHECK(again.status("GET", "/v1/x", named(again, browser_cookie{"s3cret"}.make(now - 1s) + "\r\n")) ==
          "401");
}

TEST_CASE("a browser ends its session by giving up its cookie") {
    const guarded here;
    const auto cookie = here.cookie_field(here.enter(here.code()));
    const auto left = here.ask("DELETE", "/v1/browser/session", cookie + here.own_origin());
    CHECK_THAT(left,
               StartsWith("HTTP/1.1 200") && Contains("Set-Cookie: tapes-") && Contains("=; Max-Age=0;"));
    CHECK(here.status("DELETE", "/v1/browser/session", "Sec-Fetch-Site: cross-site\r\n") == "403");
    CHECK(here.status("DELETE", "/v1/browser/session", "Origin: null\r\n") == "403");
}

TEST_CASE("wrong codes are limited") {
    const guarded here;
    for (int i = 0; i < 32; ++i) {
        CHECK_THAT(here.enter("wrong"), StartsWith("HTTP/1.1 403"));
    }
    CHECK_THAT(here.enter(here.code()), StartsWith("HTTP/1.1 429") && Contains("Retry-After: 30"));
}

}  // namespace tapes::api::browser_session_test
