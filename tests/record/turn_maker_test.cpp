#include "turn_maker.hpp"

#include "early_work.hpp"
#include "record/support.hpp"

#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

#include <functional>

namespace tapes::record::turn_maker_test {

namespace tapes::record {

using namespace test;
using capture::drop_reason;

namespace {

std::unique_ptr<store::entry> made_of(std::unique_ptr<capture::exchange> from, const settings& options = {}) {
    return turn_maker{options, redaction_key}.make(std::move(from));
}

std::vector<merkle::digest> hashes(const store::entry& entry) {
    std::vector<merkle::digest> made;
    for (const auto& one : entry.nodes) {
        made.push_back(one.node.position.hash);
    }
    return made;
}

/// All that the entry would store, in one text.
std::string stored(const store::entry& entry) {
    auto all = entry.target + "\n" + entry.exchange->path + "\n" + entry.session + "\n" + entry.model + "\n" +
               entry.wire.request_head + "\n" + entry.wire.response_head + "\n" + raw(entry.wire.request) +
               "\n" + raw(entry.wire.response);
    for (const auto& one : entry.nodes) {
        all += "\n" + one.node.content;
    }
    return all;
}

}  // namespace

TEST_CASE("an exchange becomes a turn: its messages and its answer, a chain") {
    const auto made = made_of(chat(ask("hello"), say("hi")));
    REQUIRE(made->dropped == drop_reason::none);
    REQUIRE(made->nodes.size() == 2);
    CHECK((made->nodes[0].parent == -1 && made->nodes[0].choice == -1));
    CHECK((made->nodes[1].parent == 0 && made->nodes[1].choice == 0));
    CHECK(made->nodes[1].stop_reason == "stop");
    CHECK_THAT(made->nodes[1].node.content, Catch::Contains("\"hi\""));
    CHECK(made->api == "openai_chat");
    CHECK(made->model == "gpt-4o");
    CHECK(made->response_model == "gpt-4o-2024");
    CHECK(made->response_id == "c1");
    CHECK(made->stop_reason == "stop");
    CHECK(made->used.total_tokens == 7);
    CHECK_FALSE(made->streamed);
    CHECK(made->keep_wire);
    CHECK(raw(made->wire.request) == ask("hello"));
    CHECK(raw(made->wire.response) == say("hi"));
}

TEST_CASE("streamed, at once, or back as history: the same answer is the same node") {
    const auto once = made_of(chat(ask("hello"), say("hi you")));
    const auto streamed =
        made_of(stream(ask("hello"), event("hi") + event(" you") + last_event + "data: [DONE]\n\n"));
    CHECK(streamed->streamed);
    CHECK(hashes(*once) == hashes(*streamed));
    auto encoded = stream(ask("hello"), gzip(event("hi you") + last_event));
    encoded->response_encoding = "gzip";
    CHECK(hashes(*once) == hashes(*made_of(std::move(encoded))));
    const auto next =
        made_of(chat(R"({"model":"gpt-4o","messages":[{"role":"user","content":"hello"},)"
                     R"({"role":"assistant","content":"hi you"},{"role":"user","content":"more"}]})",
                     say("sure")));
    REQUIRE(next->nodes.size() == 4);
    auto history = hashes(*next);
    history.resize(2);
    CHECK(history == hashes(*once));
}

TEST_CASE("a stream is one whatever its Content-Type") {
    const std::string events = event("hi") + event(" you") + last_event + "data: [DONE]\n\n";
    const auto named = made_of(stream(ask("hello"), events));
    const auto unnamed = made_of(chat(ask("hello"), "\n" + events));
    CHECK(unnamed->dropped == drop_reason::none);
    CHECK(unnamed->streamed);
    CHECK(hashes(*unnamed) == hashes(*named));
    auto lines =
        chat(ask("hello"), R"({"model":"m","message":{"role":"assistant","content":"h"},"done":false})"
                           "\n"
                           R"({"model":"m","message":{"role":"assistant","content":"i"},"done":true})");
    lines->path = "/api/chat";
    const auto made = made_of(std::move(lines));
    REQUIRE(made->nodes.size() == 2);
    CHECK_THAT(made->nodes[1].node.content, Catch::Contains("\"hi\""));
    CHECK(made->stop_reason == "stop");
}

TEST_CASE("a stream that breaks off is a node with what was said") {
    const auto made = made_of(stream(ask("hello"), event("hal") + "data: {\"id\":"));
    REQUIRE(made->nodes.size() == 2);
    CHECK(made->nodes[1].stop_reason == "incomplete");
    CHECK_THAT(made->nodes[1].node.content, Catch::Contains("\"hal\""));
}

TEST_CASE("an exchange that is no turn has the first reason that applies") {
    using change = std::function<void(capture::exchange&)>;
    struct row {
        drop_reason reason;
        std::string request;
        std::string answer;
        change also;
    };
    const std::string bad = "{";
    const row rows[] = {
        {drop_reason::tunnel, bad, "",
         [](auto& e) {
             e.tunnel = true;
             e.status = 101;
             e.path = "/x";
         }},
        {drop_reason::non_turn_request, bad, "",
         [](auto& e) {
             e.path = "/v1/models";
             e.status = 500;
         }},
        {drop_reason::non_turn_request, ask("a"), say("b"), [](auto& e) { e.method = "GET"; }},
        {drop_reason::no_response, bad, "", [](auto& e) { e.status = 0; }},
        {drop_reason::upstream_status, bad, "", [](auto& e) { e.status = 429; }},
        {drop_reason::upstream_status, ask("a"), say("b"), [](auto& e) { e.status = 302; }},
        {drop_reason::request_decode, bad, "", {}},
        {drop_reason::request_decode, "[]", say("b"), {}},
        {drop_reason::request_decode, "\x01" + ask("a"), say("b"),
         [](auto& e) { e.request_encoding = "unheard-of"; }},
        {drop_reason::empty_response, ask("a"), "", {}},
        {drop_reason::empty_response, ask("a"), say(""), {}},
        {drop_reason::empty_response, ask("a"), "data: [DONE]\n\n", [](auto& e) { e.event_stream = true; }},
        {drop_reason::response_decode, ask("a"), "<html>", {}},
        {drop_reason::response_decode, ask("a"), "\x01" + say("b"),
         [](auto& e) { e.response_encoding = "gzip"; }},
        {drop_reason::stream_error, ask("a"), "data: {\"error\":{\"message\":\"overloaded\"}}\n\n",
         [](auto& e) { e.event_stream = true; }},
    };
    for (const auto& one : rows) {
        auto from = chat(one.request, one.answer);
        if (one.also) {
            one.also(*from);
        }
        CAPTURE(capture::name_of(one.reason), one.request, one.answer);
        const auto made = made_of(std::move(from));
        CHECK(capture::name_of(made->dropped) == capture::name_of(one.reason));
        CHECK(made->nodes.empty());
    }
}

TEST_CASE("what an answer cost is known where it said nothing") {
    const std::string counts = R"("usage":{"prompt_tokens":3,"completion_tokens":900,"total_tokens":903})";
    const std::string nothing =
        R"({"model":"o4-mini-2025","choices":[{"index":0,"finish_reason":"length","message":)"
        R"({"role":"assistant","content":""}}],)" +
        counts + "}";
    const auto once = made_of(chat(ask("a"), nothing));
    const auto streamed = made_of(
        stream(ask("a"), R"(data: {"model":"o4-mini-2025","choices":[{"index":0,"delta":{"content":""},)"
                         R"("finish_reason":"length"}],)" +
                             counts + "}\n\ndata: [DONE]\n\n"));
    for (const auto* const made : {once.get(), streamed.get()}) {
        CHECK(made->dropped == drop_reason::empty_response);
        CHECK(made->nodes.empty());
        CHECK(made->used.total_tokens == 903);
        CHECK(made->response_model == "o4-mini-2025");
    }
}

TEST_CASE("a request that got no answer is kept, whatever it holds") {
    auto from = chat("{", "");
    from->path = from->target = "/v1/messages";
    from->status = 0;
    const auto made = made_of(std::move(from));
    CHECK(made->dropped == drop_reason::no_response);
    CHECK(made->keep_wire);
}

TEST_CASE("an error in mid-stream leaves what was said") {
    const auto made =
        made_of(stream(ask("a"), event("half") + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n"));
    CHECK(made->dropped == drop_reason::none);
    CHECK(made->nodes.size() == 2);
}

TEST_CASE("credentials are in nothing that would be stored") {
    const bool encoded = GENERATE(false, true);
    const auto request = ask("my key is " + secret);
    const auto answer = say("your key is " + secret);
    auto from = chat(encoded ? gzip(request) : request, encoded ? gzip(answer) : answer);
    from->target = "/v1/chat/completions?api_key=" + secret;
    if (encoded) {
        from->request_encoding = from->response_encoding = "gzip";
    }
    const auto made = made_of(std::move(from));
    REQUIRE(made->dropped == drop_reason::none);
    CHECK(stored(*made).find(secret) == std::string::npos);
    const auto token = http::redactor{redaction_key}.token(secret);
    CHECK_THAT(raw(made->wire.request), Catch::Contains("my key is " + token));
    CHECK_THAT(made->nodes[1].node.content, Catch::Contains("your key is " + token));
    CHECK(made->wire.request_decoded == encoded);
    CHECK(made->wire.response_decoded == encoded);
}

TEST_CASE(
    "credentials in other fields, in a path, and in a body that is not what its coding says are replaced") {
    auto from = chat(ask("x"), R"({"error":"no such key: )" + secret + "\"}");
    from->request_head += "X-Mine: v=" + secret + "\r\n";
    from->response_head +=
        "Content-Encoding: gzip\r\nWWW-Authenticate: Bearer error=\"bad " + secret + "\"\r\n";
    from->response_encoding = "gzip";
    from->status = 401;
    from->path = from->target = "/" + secret + "/v1/chat/completions";
    const auto made = made_of(std::move(from));
    CHECK(made->api == "openai_chat");
    CHECK(stored(*made).find(secret) == std::string::npos);
    CHECK_THAT(raw(made->wire.response), Catch::StartsWith(R"({"error":"no such key: redacted:)"));
    CHECK_FALSE(made->wire.response_decoded);
}

TEST_CASE("a body's own credentials are replaced whatever its Content-Type, and where they come again") {
    const std::string token = "mcp-token-0123456789";
    const auto type =
        GENERATE(as<std::string>(), "application/json", "application/x-www-form-urlencoded", "");
    const bool early = GENERATE(false, true);
    auto from = chat(R"({"model":"m","mcp_servers":[{"authorization_token":")" + token +
                         R"("}],"messages":[{"role":"user","content":"hi"}]})",
                     say("the server refused " + token));
    from->request_head = "POST / HTTP/1.1\r\n" + (type.empty() ? "" : "Content-Type: " + type + "\r\n");
    const turn_maker maker{{}, redaction_key};
    if (early) {
        const auto ahead = std::make_shared<early_work>(*from, from->request_body.view());
        from->prepared = ahead;
        REQUIRE(ahead->begin());
        maker.prepare(*ahead, nullptr);
    }
    const auto made = maker.make(std::move(from));
    REQUIRE(made->dropped == drop_reason::none);
    CHECK(stored(*made).find(token) == std::string::npos);
    CHECK_THAT(made->nodes[1].node.content,
               Catch::Contains("the server refused " + http::redactor{redaction_key}.token(token)));
}

TEST_CASE("a credential that an answer says over several events is redacted") {
    const auto half = secret.size() / 2;
    const auto events =
        event("it is " + secret.substr(0, half)) + event(secret.substr(half) + "!") + last_event;
    const auto made = made_of(stream(ask("what is my key?"), events));
    REQUIRE(made->dropped == drop_reason::none);
    const auto token = http::redactor{redaction_key}.token(secret);
    CHECK_THAT(made->nodes[1].node.content, Catch::Contains("it is " + token + "!"));
    const auto all = stored(*made);
    CHECK(all.find(secret.substr(0, half)) == std::string::npos);
    CHECK(all.find(secret.substr(half)) == std::string::npos);
}

TEST_CASE("a credential in several events of a stream that is no turn's is redacted as well") {
    const auto half = secret.size() / 2;
    const auto events =
        event("it is " + secret.substr(0, half)) + event(secret.substr(half) + "!") + last_event;
    auto from = stream(ask("what is my key?"), events);
    settings all;
    all.wire = wire_policy::all;
    SECTION("its request cannot be read") {
        from = stream("{", events);
    }
    SECTION("its status is no success") {
        from->status = 500;
    }
    SECTION("its path is of no API") {
        from->path = "/v1/models";
    }
    bool encoded = false;
    SECTION("it is encoded") {
        encoded = true;
        from = stream(ask("what is my key?"), gzip(events));
        from->response_encoding = "gzip";
        from->status = 500;
    }
    const auto made = made_of(std::move(from), all);
    REQUIRE(made->keep_wire);
    const auto kept = stored(*made);
    if (made->dropped != drop_reason::none) {
        CHECK(made->wire.response_decoded == encoded);
    }
    CHECK(kept.find(secret.substr(0, half)) == std::string::npos);
    CHECK(kept.find(secret.substr(half)) == std::string::npos);
}

TEST_CASE("what is no turn and of no API keeps its row but not its bytes, unless all is kept") {
    const auto keeps_wire = [](wire_policy policy, const char* path) {
        settings options;
        options.wire = policy;
        auto from = chat("{}", "{}");
        from->path = path;
        return made_of(std::move(from), options)->keep_wire;
    };
    CHECK_FALSE(keeps_wire(wire_policy::turns, "/v1/models"));
    CHECK(keeps_wire(wire_policy::turns, "/v1/chat/completions"));
    CHECK(keeps_wire(wire_policy::all, "/v1/models"));
    CHECK_FALSE(keeps_wire(wire_policy::none, "/v1/chat/completions"));
}

TEST_CASE("a body that was given up makes its exchange over_budget, before any other reason") {
    capture::budget budget{32'000, 0};
    auto from = chat(ask(std::string(40'000, 'x')), "", budget);
    from->status = 0;
    from->target = "/v1/chat/completions?api_key=" + secret;
    REQUIRE_FALSE(from->request_body.complete());
    auto made = made_of(std::move(from));
    CHECK(made->dropped == drop_reason::over_budget);
    CHECK(made->api == "openai_chat");
    CHECK_FALSE(made->keep_wire);
    CHECK(made->exchange->held_bytes() > 0);
    CHECK(made->target.find(secret) == std::string::npos);
    made.reset();
    CHECK(budget.memory_bytes() == 0);
}

TEST_CASE("work that cannot be paid for is over_budget, and nothing of it stays reserved") {
    capture::budget budget{256U << 10, 0};
    SECTION("decoding") {
        auto from = chat(ask("a"), gzip(say(std::string(4U << 20, 'x'))), budget);
        from->response_encoding = "gzip";
        const auto made = made_of(std::move(from));
        CHECK(made->dropped == drop_reason::over_budget);
        CHECK(made->nodes.empty());
    }
    SECTION("parsing") {
        auto from = chat(ask(std::string(150'000, 'x')), say("b"), budget);
        REQUIRE(from->request_body.complete());
        CHECK(made_of(std::move(from))->dropped == drop_reason::over_budget);
    }
    SECTION("what was made") {
        auto from = chat(
            R"({"model":"m","input":"q"})",
            R"({"id":"r","object":"response","status":"completed","model":"m","output":[{"type":"message",)"
            R"("role":"assistant","content":[{"type":"output_text","text":"a"}]}]})",
            budget);
        from->path = from->target = "/v1/responses";
        from->request_head += "X-Long: " + std::string(300'000, 'x') + "\r\n";
        const auto made = made_of(std::move(from));
        CHECK(made->dropped == drop_reason::over_budget);
        CHECK(made->nodes.empty());
        CHECK((made->response_id.empty() && made->stop_reason.empty() && !made->stateful && !made->above));
        CHECK((made->exchange->request_head.empty() && made->wire.request_head.empty()));
    }
    SECTION("not even the row") {
        auto from = chat(ask("a"), say("b"), budget);
        const auto rest = (256U << 10) - budget.memory_bytes();
        REQUIRE(budget.reserve_work(rest));
        const auto made = made_of(std::move(from));
        CHECK(made->dropped == drop_reason::over_budget);
        CHECK(made->exchange->held_bytes() == 0);
        budget.release_memory(rest);
    }
    CHECK(budget.memory_bytes() == 0);
}

TEST_CASE("what was made of an exchange is charged until it is destroyed") {
    capture::budget budget{1U << 20, 0};
    auto made = made_of(chat(ask(std::string(20'000, 'x')), say("b"), budget));
    REQUIRE(made->dropped == drop_reason::none);
    CHECK(budget.memory_bytes() == made->exchange->held_bytes());
    CHECK(budget.memory_bytes() > 20'000);
    made.reset();
    CHECK(budget.memory_bytes() == 0);
}

TEST_CASE("the head of what keeps no bytes is not held until the commit, and a long target is charged") {
    capture::budget budget{1U << 20, 0};
    auto from = chat("", "", budget);
    from->method = "GET";
    from->path = "/v1/models";
    from->target = "/v1/models?" + std::string(20'000, 'x');
    from->request_head += "X-Long: " + std::string(50'000, 'x') + "\r\n";
    const auto made = made_of(std::move(from));
    CHECK(made->exchange->request_head.capacity() < 100);
    CHECK(made->exchange->held_bytes() > 40'000);
}

TEST_CASE("system text that a client rewrites with every request is no content") {
    settings options;
    options.volatile_system = {"^now: [0-9]+$"};
    const auto request = [](const std::string& system, const std::string& user) {
        return R"({"model":"m","messages":[{"role":"system","content":")" + system +
               R"("},{"role":"user","content":")" + user + R"("}]})";
    };
    const auto first = made_of(chat(request("now: 1", "hi"), say("b")), options);
    const auto second = made_of(chat(request("now: 2", "hi"), say("b")), options);
    CHECK(first->nodes.size() == 2);
    CHECK(hashes(*first) == hashes(*second));
    CHECK(made_of(chat(request("be kind", "hi"), say("b")), options)->nodes.size() == 3);
    CHECK(made_of(chat(request("be kind", "now: 1"), say("b")), options)->nodes.size() == 3);
    options.volatile_system = {"("};
    CHECK_THROWS_WITH((turn_maker{options, redaction_key}), Catch::Contains("record.volatile \"(\""));
}

TEST_CASE("each choice is a node beside the others") {
    const auto made =
        made_of(chat(ask("a"), R"({"model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
                               R"("content":"x"},"finish_reason":"stop"},{"index":1,"message":)"
                               R"({"role":"assistant","content":"y"},"finish_reason":"length"}]})"));
    REQUIRE(made->nodes.size() == 3);
    CHECK((made->nodes[1].parent == 0 && made->nodes[2].parent == 0));
    CHECK((made->nodes[1].choice == 0 && made->nodes[2].choice == 1));
    CHECK(made->stop_reason == "stop");
}

TEST_CASE("choices without an index, where one was asked for, are one answer") {
    const std::string spread =
        R"({"model":"m","choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"tool_calls"},)"
        R"({"message":{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f"}}]},)"
        R"("finish_reason":"tool_calls"}]})";
    const auto made = made_of(chat(ask("a"), spread));
    REQUIRE(made->nodes.size() == 2);
    CHECK(made->nodes[1].node.content ==
          R"([{"type":"text","text":"x"},{"type":"tool_use","tool_use_id":"c","tool_name":"f"}])");
    CHECK(made->stop_reason == "tool_calls");
    CHECK(made_of(chat(R"({"model":"m","n":2,"messages":[{"role":"user","content":"a"}]})", spread))
              ->nodes.size() == 3);
}

}  // namespace tapes::record

}  // namespace tapes::record::turn_maker_test
