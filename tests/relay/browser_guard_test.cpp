#include "browser_guard.hpp"

#include "heads.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <catch2/catch.hpp>

namespace tapes::relay::browser_guard_test {

namespace {

options on(std::string host, std::vector<std::string> allowed = {}) {
    options settings;
    settings.host = std::move(host);
    settings.allowed_origins = std::move(allowed);
    return settings;
}

/// The field for which a request is refused, "" for one that passes.
std::string field_of_refusal(const options& settings, const std::string& fields,
                             const std::string& target = "/api/chat", const char* reached = "127.0.0.1") {
    const auto bytes = "POST " + target + " HTTP/1.1\r\n" + fields + "\r\n";
    http::request_head head;
    REQUIRE(http::parse_request(bytes, {}, head) == http::head_error::none);
    return std::string{browser_guard{settings}.check(head, boost::asio::ip::make_address(reached)).field};
}

const std::string here = "Host: 127.0.0.1:8080\r\n";
const std::string rebound = "Host: evil.example:8080\r\n";
const std::string cross = "Sec-Fetch-Site: cross-site\r\n";

}  // namespace

TEST_CASE("what a web page from elsewhere sends is refused for the field that shows it") {
    struct row {
        std::string fields;
        const char* refused_for;
    };
    const row rows[] = {
        {here + "Origin: http://evil.example\r\n", "Origin"},
        {here + "Origin: https://evil.example:8443\r\n", "Origin"},
        {here + "origin: HTTPS://EVIL.EXAMPLE\r\n", "Origin"},
        {here + "Origin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\n", "Origin"},
        {here + "Origin: http://192.168.1.7:8080\r\n", "Origin"},
        {here + "Origin: http://0.0.0.0:8080\r\n", "Origin"},
        {here + "Origin: http://localhost.evil.example\r\n", "Origin"},
        {here + "Origin: http://evillocalhost\r\n", "Origin"},
        {here + "Origin: http://127.0.0.1.evil.example\r\n", "Origin"},
        {here + "Origin: http://127.0.0.1@evil.example\r\n", "Origin"},
        {here + "Origin: http://localhost http://evil.example\r\n", "Origin"},
        {here + "Origin: app://x http://evil.example\r\n", "Origin"},
        {here + "Origin: http://localhost\r\nOrigin: http://evil.example\r\n", "Origin"},
        {here + "Origin: http://\r\n", "Origin"},
        {here + "Origin: evil.example\r\n", "Origin"},
        {here + cross, "Sec-Fetch-Site"},
        {here + "sec-fetch-site:  Cross-Site \r\n", "Sec-Fetch-Site"},
        {here + cross + "Origin: null\r\n", "Sec-Fetch-Site"},
        {here + cross + "Origin:\r\n", "Sec-Fetch-Site"},
        {rebound + "Origin: http://evil.example:8080\r\n", "Origin"},
        {rebound + "Origin: null\r\n", "Host"},
        {rebound + "Origin: http://localhost:3000\r\n", "Host"},
        {rebound + "Sec-Fetch-Site: same-origin\r\n", "Host"},
        {rebound + "Sec-Fetch-Mode: cors\r\n", "Host"},
        {rebound + "Sec-Fetch-Dest: empty\r\n", "Host"},
        {rebound + "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n", "Host"},
        {"Host: 127.0.0.1.evil.example\r\nSec-Fetch-Mode: cors\r\n", "Host"},
        {"Host: 127.0.0.1@evil.example\r\nSec-Fetch-Mode: cors\r\n", "Host"},
        {"Host: 192.168.1.7:8080\r\nSec-Fetch-Mode: cors\r\n", "Host"},
        {"Host: 0.0.0.0:8080\r\nSec-Fetch-Mode: cors\r\n", "Host"},
        {"Host:\r\nSec-Fetch-Mode: cors\r\n", "Host"},
        {"Host: [::2]:8080\r\nSec-Fetch-Mode: cors\r\n", "Host"},
    };
    for (const auto* const host : {"127.0.0.1", "localhost", "::1", "127.8.9.10"}) {
        for (const auto& one : rows) {
            CAPTURE(host, one.fields);
            CHECK(field_of_refusal(on(host), one.fields) == one.refused_for);
        }
    }
}

TEST_CASE("editors, programs, pages of this machine and targets in absolute form pass") {
    const std::string rows[] = {
        here,
        rebound,
        rebound + "User-Agent: curl/7.88\r\n",
        "Host: tapes.internal\r\nUser-Agent: OpenAI/Python 1.0\r\n",
        here + "Origin: vscode-webview://1a2b\r\n" + cross,
        here + "Origin: vscode-file://vscode-app\r\n" + cross,
        here + "Origin: app://obsidian.md\r\n" + cross,
        rebound + "Origin: vscode-webview://1a2b\r\n" + cross,
        here + "Origin: tauri://localhost\r\n" + cross,
        here + "Origin: chrome-extension://abc\r\n" + cross,
        here + "Origin: http://localhost:3000\r\n",
        here + "Origin: http://localhost:3000\r\n" + cross,
        here + "Origin: https://tauri.localhost\r\n",
        here + "Origin: http://127.0.0.1:8080\r\nSec-Fetch-Site: same-origin\r\n",
        here + "Origin: http://[::1]:3000\r\n",
        here + "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n",
        here + "Sec-Fetch-Site: same-site\r\n",
        here + "User-Agent: Mozilla/5.0\r\n",
        "Host: localhost\r\nSec-Fetch-Mode: cors\r\n",
        "Host: LOCALHOST.:8080\r\nSec-Fetch-Mode: cors\r\n",
        "Host: tapes.localhost:8080\r\nSec-Fetch-Mode: cors\r\n",
        "Host: [::1]:8080\r\nSec-Fetch-Mode: cors\r\n",
        "Host: [::ffff:127.0.0.1]:8080\r\nSec-Fetch-Mode: cors\r\n",
        "Host: 127.1.2.3\r\nSec-Fetch-Mode: cors\r\n",
    };
    for (const auto& one : rows) {
        CAPTURE(one);
        CHECK(field_of_refusal(on("127.0.0.1"), one).empty());
    }
    const auto signs = rebound + cross + "Origin: http://evil.example\r\n";
    CHECK(field_of_refusal(on("127.0.0.1"), signs, "http://evil.example/api/chat").empty());
    CHECK(field_of_refusal(on("127.0.0.1"), signs, "*") == "Origin");
}

TEST_CASE("an address that other machines reach leaves web pages to its clients' rules") {
    const auto page = rebound + cross + "Origin: http://evil.example\r\n";
    for (const auto* const host : {"", "0.0.0.0", "::", "192.168.1.7"}) {
        for (const auto* const reached : {"192.168.1.7", "::ffff:192.168.1.7", "fe80::1"}) {
            CAPTURE(host, reached);
            CHECK(field_of_refusal(on(host), page, "/api/chat", reached).empty());
        }
    }
}

TEST_CASE("a listener on every interface is guarded where it is reached over loopback") {
    for (const auto* const host : {"", "0.0.0.0", "::"}) {
        for (const auto* const reached : {"127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1"}) {
            CAPTURE(host, reached);
            CHECK(field_of_refusal(on(host), here + "Origin: http://evil.example\r\n", "/", reached) ==
                  "Origin");
            CHECK(field_of_refusal(on(host), here + cross, "/", reached) == "Sec-Fetch-Site");
            CHECK(field_of_refusal(on(host), rebound + "Sec-Fetch-Mode: cors\r\n", "/", reached) == "Host");
            CHECK(field_of_refusal(on(host), rebound, "/", reached).empty());
        }
    }
}

TEST_CASE("a machine's own name is a Host of this machine") {
    boost::system::error_code none;
    const auto name = boost::asio::ip::host_name(none);
    REQUIRE_FALSE(name.empty());
    CHECK(field_of_refusal(on(""), "Host: " + name + ":8080\r\nSec-Fetch-Mode: cors\r\n").empty());
}

TEST_CASE("origins that the configuration allows pass under any Host, and no others") {
    const auto settings = on("127.0.0.1", {"https://chat.example", "app://chat"});
    CHECK(field_of_refusal(settings, here + cross + "Origin: https://chat.example\r\n").empty());
    CHECK(field_of_refusal(settings, here + cross + "Origin: HTTPS://Chat.Example\r\n").empty());
    CHECK(field_of_refusal(settings, rebound + "Origin: https://chat.example\r\n").empty());
    CHECK(field_of_refusal(settings, here + "Origin: http://chat.example\r\n") == "Origin");
    CHECK(field_of_refusal(settings, here + "Origin: https://chat.example:444\r\n") == "Origin");
    CHECK(field_of_refusal(settings,
                           here + "Origin: https://chat.example\r\nOrigin: http://evil.example\r\n") ==
          "Origin");
    CHECK(field_of_refusal(settings, here + cross) == "Sec-Fetch-Site");
    const auto all = on("127.0.0.1", {"*"});
    CHECK(field_of_refusal(all, rebound + cross + "Origin: http://evil.example\r\n").empty());
}

}  // namespace tapes::relay::browser_guard_test
