#include <tapes/llm/socket.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::openai_responses_socket_test {

namespace tapes::llm {

namespace {

using kind = socket_message::kind;

socket_message look_at(std::string_view text) {
    return find_socket_look("/v1/responses")(text);
}

}  // namespace

TEST_CASE("only the Responses API is spoken on a WebSocket") {
    CHECK(find_socket_look("/v1/responses") != nullptr);
    CHECK(find_socket_look("/backend-api/codex/responses?x=y") != nullptr);
    CHECK(find_socket_look("/v1/chat/completions") == nullptr);
    CHECK(find_socket_look("/v1/realtime") == nullptr);
}

TEST_CASE("a message is known by its type, wherever that stands") {
    CHECK(look_at(R"({"type":"response.create","model":"m"})").type == kind::asks);
    CHECK(look_at(R"({"input":[{"type":"response.failed"}],"a":"}\"{","n":-1.5e3,"z":{"type":"error"},)"
                  R"( "t" : true , "type" : "response.create" })")
              .type == kind::asks);
    CHECK(look_at(R"({"type":"response.append","input":[]})").type == kind::asks);
    for (const auto* const type : {"completed", "incomplete", "failed"}) {
        CHECK(look_at(R"({"type":"response.)" + std::string{type} + R"(","response":{}})").type ==
              kind::ends);
    }
    CHECK(look_at(R"({"type":"error","status":400,"error":{"code":"previous_response_not_found"}})").type ==
          kind::ends);
    CHECK(look_at(R"({"type":"response.output_text.delta","delta":"{\"type\":\"error\"}"})").type ==
          kind::other);
    CHECK(look_at(R"({"type":"response.processed","response_id":"r"})").type == kind::other);
}

TEST_CASE("a byte order mark in front of a message is passed over") {
    CHECK(look_at("\xEF\xBB\xBF{\"type\":\"response.create\"}").type == kind::asks);
    CHECK(look_at("\xEF\xBB{\"type\":\"response.create\"}").type == kind::other);
}

TEST_CASE("a message names its lane before or after its type") {
    CHECK(look_at(R"({"stream_id":"a","type":"response.create"})").lane == "a");
    const auto seen =
        look_at(R"({"type":"response.completed","response":{"stream_id":"no"},"stream_id":"b"})");
    CHECK(seen.type == kind::ends);
    CHECK(seen.lane == "b");
    CHECK(look_at(R"({"type":"error","stream_id":null})").lane.empty());
}

TEST_CASE("a message may break off anywhere, and any bytes may come") {
    const std::string whole =
        R"({"a":[{"b":"\\\""},[1,2]],"type":"response.create","stream_id":"x","c":{"d":null}})";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto what = look_at(std::string_view{whole}.substr(0, size)).type;
        CHECK((what == kind::asks) == (size >= whole.find(",\"stream_id")));
    }
    for (const auto* const other :
         {"", "{", "}", "[]", "]]]", "{]", "{\"type\"}", "{\"type\":response.create}", "null", "{\"a\":]}",
          "{{{{", "\"type\":\"error"}) {
        CHECK(look_at(other).type == kind::other);
    }
}

}  // namespace tapes::llm

}  // namespace tapes::llm::openai_responses_socket_test
