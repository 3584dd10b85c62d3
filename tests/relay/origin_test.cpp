#include "origin.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

namespace tapes::relay::origin_test {

TEST_CASE("an origin has the identity, the authority and the base path of its URL") {
    struct row {
        const char* url;
        bool tls;
        const char* host;
        unsigned port;
        const char* authority;
        const char* base_path;
        const char* name;
    };
    const row rows[] = {
        {"http://localhost:11434", false, "localhost", 11434, "localhost:11434", "",
         "http://localhost:11434"},
        {"http://a.example", false, "a.example", 80, "a.example", "", "http://a.example:80"},
        {"http://a.example:80/", false, "a.example", 80, "a.example", "", "http://a.example:80"},
        {"https://api.openai.com/v1", true, "api.openai.com", 443, "api.openai.com", "/v1",
         "https://api.openai.com:443"},
        {"https://a.example:443/v1//", true, "a.example", 443, "a.example", "/v1", "https://a.example:443"},
        {"https://a.example:80", true, "a.example", 80, "a.example:80", "", "https://a.example:80"},
        {"http://[::1]:8080/x/y", false, "::1", 8080, "[::1]:8080", "/x/y", "http://[::1]:8080"},
        {"http://[::1]", false, "::1", 80, "[::1]", "", "http://[::1]:80"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.url);
        const auto made = parse_origin(one.url, "proxy.upstream");
        CHECK(made.tls == one.tls);
        CHECK(made.host == one.host);
        CHECK(made.port == one.port);
        CHECK(made.authority == one.authority);
        CHECK(made.base_path == one.base_path);
        CHECK(made.name == one.name);
    }
}

TEST_CASE("an URL that cannot be an upstream is refused with the setting's name") {
    for (const char* const url :
         {"", "localhost:80", "ftp://a", "http://", "http://:80", "http://a:", "http://a:0", "http://a:65536",
          "http://a:8o", "http://a/?q=1", "http://a/#f", "http://[::1", "http://[::1]x", "http://a b",
          "http://a\\b"}) {
        CAPTURE(url);
        CHECK_THROWS_WITH(parse_origin(url, "proxy.upstream"), Catch::Contains("proxy.upstream"));
        CHECK_THROWS_AS(parse_origin(url, "proxy.upstream"), std::invalid_argument);
    }
}

TEST_CASE("user info in an URL is for requests that bring no credentials, and no part of any name") {
    const auto made = parse_origin("https://us%65r:se%3Acret@a.example:1/x", "proxy.upstream");
    CHECK(made.authorization == "Basic dXNlcjpzZTpjcmV0");
    CHECK(made.host == "a.example");
    CHECK(made.authority == "a.example:1");
    CHECK(made.name == "https://a.example:1");
    CHECK(parse_origin("http://a", "proxy.upstream").authorization.empty());
}

TEST_CASE("a password in an URL is not repeated in its refusal") {
    CHECK_THROWS_WITH(parse_origin("http://user:secret@a:x", "proxy.upstream"), !Catch::Contains("secret"));
}

}  // namespace tapes::relay::origin_test
