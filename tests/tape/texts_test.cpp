#include "clean_request.hpp"
#include "foreign_page.hpp"
#include "loose_text.hpp"
#include "miss.hpp"
#include "recorded_reply.hpp"
#include "stream_messages.hpp"

#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::tape::texts_test {
namespace {

TEST_CASE("a target is split, and the order of its parameters does not count") {
    CHECK(split("/v1/models?b=2&a=1").path == "/v1/models");
    CHECK(split("/v1/models?b=2&a=1").query == "a=1&b=2");
    CHECK(split("http://host:1/v1/models?x").path == "/v1/models");
    CHECK(split("/").query.empty());
    CHECK(split("/x?key=redacted:0123abcd").query == split("/x?key=redacted:ffffffff").query);
}

TEST_CASE("paths are the same behind another base URL") {
    CHECK(same_path("/v1/models", "/models"));
    CHECK(same_path("/models", "/openai/v1/models"));
    CHECK(same_path("/models/", "/v1/models"));
    CHECK_FALSE(same_path("/v1/models", "/v1/xmodels"));
    CHECK_FALSE(same_path("/v1/models", "/v1/models/gpt"));
    CHECK_FALSE(same_path("/v1/models", "els"));
}

TEST_CASE("bodies are compared as JSON, whichever keys they held") {
    CHECK(canonical_body(R"({"b":1,"a":"redacted:0011aabb"})") ==
          canonical_body(R"({ "a": "redacted:ffffffff", "b": 1.0 })"));
    CHECK(canonical_body("plain text") == "plain text");
    CHECK(without_keys("redacted:12 redacted:0123456g redacted:01234567") ==
          "redacted:12 redacted:0123456g redacted:");
}

TEST_CASE("a message is compared without what clients drop, within the tolerance") {
    const tolerance past{{}};
    merkle::block text;
    text.type = "text";
    text.text = "On 2026-01-31 in /w/a. Working directory: /w/a";
    merkle::block thought;
    thought.type = "thinking";
    thought.thinking = "hm";
    thought.dropped_by_clients = true;
    directory_list known;
    const auto asked = loose_text(merkle::message{"assistant", {thought, text}}, past, known);
    CHECK(known == directory_list{"/w/a"});
    directory_list other;
    const auto recorded =
        loose_text(stored_text{"assistant", "openai",
                               R"([{"type":"text","text":"On 2027-02-01 in /b. Working directory: /b"}])"},
                   past, other);
    REQUIRE(recorded);
    CHECK(*recorded == asked);
    CHECK_FALSE(loose_text(stored_text{"user", "openai", "no content"}, past, other));
}

TEST_CASE("the first differing words are shown, on one line, in whole characters") {
    const std::string before(200, 'x');
    const auto words = first_difference(before + " the weather in Paris\n\x1b[31m",
                                        before + " the weather in Rome", before.size() + 16);
    CHECK(words.recorded == "…the weather in Paris\\n\\u001b[31m");
    CHECK(words.asked == "…the weather in Rome");
    const std::string umlauts = "ääääääääääääääääääääääääääääääääääää";
    CHECK(first_difference(umlauts + "a", umlauts + "b", 41).recorded.find("\\x") == std::string::npos);
    CHECK(first_difference("", "y", 0).recorded.empty());
    const auto message =
        first_difference("user\ntype: text\ntext: more\n", "user\ntype: text\ntext: me\n", 24);
    CHECK(message.recorded == "more");
    CHECK(message.asked == "me");
    CHECK(first_difference(std::string(100000, 'a'), "b", 0).recorded.size() < 200);
}

TEST_CASE("a miss is an error of its API") {
    const auto* const messages = llm::find_api("POST", "/v1/messages");
    CHECK(miss_body(messages, "/v1/messages", "no").find(R"("not_found_error")") != std::string::npos);
    CHECK(miss_body(nullptr, "/v1/messages/count_tokens", "no").find(R"("type":"error")") !=
          std::string::npos);
    CHECK(miss_body(llm::find_api("POST", "/api/chat"), "/api/chat", "no") == R"({"error":"no"})");
    CHECK(miss_body(nullptr, "/v1/models", "no").find(R"("code":"tape_miss")") != std::string::npos);
    CHECK(miss_body(nullptr, "/v1/models", "\xff").find("\xff") == std::string::npos);
}

TEST_CASE("events become messages, in any split") {
    const std::string stream =
        ": hello\r\nevent: a\r\ndata: {\"type\":\"a\"}\r\n\r\ndata: {\"x\":\ndata: 1}\n\ndata: [DONE]\n\n";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        stream_messages messages;
        messages.feed(stream.substr(0, cut));
        messages.feed(stream.substr(cut));
        CHECK(messages.next() == R"({"type":"a"})");
        CHECK(messages.next() == "{\"x\":\n1}");
        CHECK_FALSE(messages.next());
    }
    CHECK(error_event(429, R"({"error":{"message":"slow"}})") ==
          R"({"error":{"message":"slow"},"status":429,"type":"error"})");
}

TEST_CASE("pages from elsewhere are known by what browsers say of them") {
    const auto foreign = [](const std::string& fields) {
        return is_from_foreign_page("POST /v1/messages HTTP/1.1\r\n" + fields);
    };
    CHECK(foreign("Host: 127.0.0.1:9\r\nOrigin: https://evil.example\r\n"));
    CHECK(foreign("Host: 127.0.0.1:9\r\nOrigin: http://127.0.0.1.evil.example\r\n"));
    CHECK(foreign("Host: 127.0.0.1:9\r\nSec-Fetch-Site: cross-site\r\n"));
    CHECK(foreign("Host: rebound.example:9\r\nUser-Agent: Mozilla/5.0\r\n"));
    CHECK(foreign("Host: rebound.example:9\r\nSec-Fetch-Site: same-origin\r\n"));
    CHECK(foreign("Host: 127.0.0.1:9\r\nOrigin: null\r\nSec-Fetch-Site: cross-site\r\n"));
    CHECK_FALSE(
        foreign("Host: 127.0.0.1:9\r\nOrigin: http://localhost:5173\r\nSec-Fetch-Site: cross-site\r\n"));
    CHECK_FALSE(foreign("Host: localhost:9\r\nOrigin: vscode-webview://abc\r\nUser-Agent: Mozilla/5.0\r\n"));
    CHECK_FALSE(foreign("Host: tape.internal:9\r\nUser-Agent: OpenAI/Python 1\r\n"));
    CHECK_FALSE(foreign("Host: 127.0.0.1:9\r\n"));
    CHECK_FALSE(foreign(""));
}

TEST_CASE("a client is given the codings that it undoes") {
    CHECK(accepts_coding("POST / HTTP/1.1\r\nAccept-Encoding: gzip, br\r\n", "gzip"));
    CHECK_FALSE(accepts_coding("POST / HTTP/1.1\r\nAccept-Encoding: gzip\r\n", "zstd"));
    CHECK_FALSE(accepts_coding("POST / HTTP/1.1\r\n", "gzip"));
    CHECK(accepts_coding("POST / HTTP/1.1\r\n", ""));
    CHECK(accepts_coding("POST / HTTP/1.1\r\naccept-encoding: BR, GZIP\r\n", "gzip, br"));
}

}  // namespace
}  // namespace tapes::tape::texts_test
