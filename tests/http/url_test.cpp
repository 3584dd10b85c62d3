#include <tapes/http/url.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>

namespace tapes::http::url_test {

TEST_CASE("a configured URL is read in its parts") {
    struct row {
        const char* text;
        bool tls;
        const char* host;
        int port;
        const char* path;
        const char* user_info;
    };
    for (const auto& one : {row{"http://localhost:11434", false, "localhost", 11434, "", ""},
                            row{"https://a_b.example/v1//", true, "a_b.example", 443, "/v1", ""},
                            row{"http://[::1]/x%20y/", false, "::1", 80, "/x%20y", ""},
                            row{"https://us%65r:se%3Acret+@a:1", true, "a", 1, "", "user:se:cret+"}}) {
        CAPTURE(one.text);
        const auto read = read_url(one.text);
        CHECK(read.tls == one.tls);
        CHECK(read.host == one.host);
        CHECK(read.port == one.port);
        CHECK(read.path == one.path);
        CHECK(read.user_info == one.user_info);
    }
    CHECK(read_url("http://[::1]:8").bracketed_host() == "[::1]");
    CHECK(read_url("http://h").bracketed_host() == "h");
}

TEST_CASE("a URL that is none is refused for a reason that holds nothing of it") {
    for (const std::string text :
         {"", "secret", "ftp://secret", "http://", "http://:80", "http://secret:", "http://secret:0",
          "http://secret:65536", "http://h:8secret", "http://h/?secret", "http://h/#secret", "http://[::1",
          "http://[::1]secret", "http://h secret", "http://h\\secret", "http://u:secret@w@h",
          "http://u:secret@h:x"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(read_url(text), std::invalid_argument);
        CHECK_THROWS_WITH(read_url(text), !Catch::Contains("secret"));
    }
}

}  // namespace tapes::http::url_test
