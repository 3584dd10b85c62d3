#include "turns.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/record/request_place.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::record::request_place_test {

using namespace tapes::record::test;

namespace {

constexpr const char* answer =
    R"({"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"pong"},"finish_reason":"stop"}]})";

std::string asking(const std::string& messages) {
    return R"({"model":"m","messages":[)" + messages + "]}";
}

const std::string ping = R"({"role":"user","content":"ping"})";
const std::string pong = R"({"role":"assistant","content":"pong"})";

request_place find(request_places& in, const std::string& body, const std::string& agent = {}) {
    const auto* const api = llm::find_api("POST", "/v1/chat/completions");
    return in.find(*api, "/v1/chat/completions", body, {{}, "openai", agent});
}

}  // namespace

TEST_CASE("a request is found where recording it would find it") {
    recording store;
    store.turn(chat_api, asking(ping), answer);
    request_places places{store.file.path(), {}};
    const auto first = find(places, asking(ping));
    CHECK(first.mapped);
    CHECK(first.by_hash);
    CHECK(first.known == 1);
    REQUIRE(first.ends.size() == 1);
    CHECK(first.ends.front() == first.above);
    const auto next = find(places, asking(ping + "," + pong + R"(,{"role":"user","content":"more"})"));
    CHECK(next.known == 2);
    CHECK(next.ends.empty());
    CHECK(next.request.messages.size() == 3);
    store.turn(chat_api, asking(ping + "," + pong + R"(,{"role":"user","content":"more"})"), answer);
    CHECK(find(places, asking(ping + "," + pong + R"(,{"role":"user","content":"more"})")).ends.size() == 1);
    CHECK(find(places, asking(R"({"role":"user","content":"other"})")).known == 0);
    CHECK(find(places, asking(ping), "somebody else").ends.empty());
    CHECK_FALSE(find(places, "no JSON").mapped);
}

TEST_CASE("what clients rewrite is found by its match") {
    recording store;
    const auto with_status = [](const std::string& status) {
        return R"({"model":"m","max_tokens":9,"system":[{"type":"text","text":"Help.\ngitStatus: )" + status +
               R"("}],"messages":[{"role":"user","content":"ping"}]})";
    };
    constexpr const char* said =
        R"({"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"pong"}],"stop_reason":"end_turn","usage":{}})";
    store.turn(messages_api, with_status("clean"), said);
    request_places places{store.file.path(), {}};
    const auto* const api = llm::find_api("POST", "/v1/messages");
    const auto same = places.find(*api, "/v1/messages", with_status("clean"), {{}, "anthropic", {}});
    CHECK(same.by_hash);
    CHECK(same.ends.size() == 1);
    const auto rewritten = places.find(*api, "/v1/messages", with_status("dirty"), {{}, "anthropic", {}});
    CHECK_FALSE(rewritten.by_hash);
    CHECK(rewritten.ends == same.ends);
}

TEST_CASE("patterns of record.volatile must be patterns") {
    recording store;
    CHECK_THROWS_AS((request_places{store.file.path(), {"(["}}), std::invalid_argument);
}

}  // namespace tapes::record::request_place_test
