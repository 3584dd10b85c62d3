#include "record/support.hpp"

#include <tapes/record/answers_in_flight.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tapes::record::test_answers_in_flight {

using namespace std::chrono_literals;
using namespace test;

/// Keeps what was shown last.
struct screen {
    void show(const shown_answer& answer) {
        const std::lock_guard guard{mutex};
        all.push_back(answer);
        changed.notify_all();
    }
    /// Waits until the text of that kind is `text`, and returns what was shown then; throws otherwise.
    shown_answer wait_for(const std::string& kind, const std::string& text) {
        std::unique_lock lock{mutex};
        const auto said = [&] { return !all.empty() && text_of(all.back(), kind) == text; };
        if (!changed.wait_for(lock, 60s, said)) {
            throw std::runtime_error{"shown was: " + (all.empty() ? "" : text_of(all.back(), kind))};
        }
        return all.back();
    }
    shown_answer wait_for_end() {
        std::unique_lock lock{mutex};
        if (!changed.wait_for(lock, 60s, [&] { return !all.empty() && all.back().over; })) {
            throw std::runtime_error{"it did not end"};
        }
        return all.back();
    }
    static std::string text_of(const shown_answer& answer, const std::string& kind) {
        std::string text;
        for (const auto& one : answer.blocks) {
            text += one.kind == kind ? one.text : "";
        }
        return text;
    }
    std::string everything() {
        const std::lock_guard guard{mutex};
        std::string text;
        for (const auto& one : all) {
            for (const auto& block : one.blocks) {
                text += block.tool + block.text;
            }
            text += one.session + one.agent_name + one.model + one.agent_id + one.parent_agent_id;
            for (const auto& begun : one.opening) {
                text += begun.text;
            }
        }
        return text;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<shown_answer> all;
};

struct looking {
    screen seen;
    capture::budget room{64U << 20, 0};
    answers_in_flight answers{{}, redaction_key, room, [this](const shown_answer& one) { seen.show(one); }};

    looking() { answers.want(true); }
};

std::unique_ptr<capture::exchange> exchange_of(const std::string& path, capture::budget& room,
                                               const std::string& request = ask("x")) {
    auto made = stream(request, "", room);
    made->path = made->target = path;
    return made;
}

TEST_CASE("an answer is shown while it comes, in every API") {
    struct {
        const char* path;
        const char* kind;
        std::vector<std::string> pieces;
        const char* text;
    } const cases[]{
        {"/v1/messages",
         "text",
         {R"(data: {"type":"message_start","message":{"id":"m","model":"claude","role":"assistant","content":[]}})"
          "\n\n",
          R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
          "\n\n",
          R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Once "}})"
          "\n\n",
          R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"upon"}})"
          "\n\n"},
         "Once upon"},
        {"/v1/messages",
         "call",
         {R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"read","input":{}}})"
          "\n\n",
          R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"path\":\"a"}})"
          "\n\n"},
         R"({"path":"a)"},
        {"/v1/messages",
         "thinking",
         {R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})"
          "\n\n",
          R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me"}})"
          "\n\n"},
         "Let me"},
        {"/v1/chat/completions", "text", {event("Once "), event("upon")}, "Once upon"},
        {"/v1/responses",
         "text",
         {R"(data: {"type":"response.created","response":{"id":"r","model":"gpt","output":[]}})"
          "\n\n",
          R"(data: {"type":"response.output_item.added","output_index":0,"item":{"id":"i","type":"message","role":"assistant","content":[]}})"
          "\n\n",
          R"(data: {"type":"response.content_part.added","item_id":"i","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}})"
          "\n\n",
          R"(data: {"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":"Once "})"
          "\n\n",
          R"(data: {"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":"upon"})"
          "\n\n"},
         "Once upon"},
        {"/api/chat",
         "text",
         {R"({"model":"llama","message":{"role":"assistant","content":"Once "},"done":false})"
          "\n",
          R"({"model":"llama","message":{"role":"assistant","content":"upon"},"done":false})"
          "\n"},
         "Once upon"},
        {"/api/generate",
         "text",
         {R"({"model":"llama","response":"Once ","done":false})"
          "\n",
          R"({"model":"llama","response":"upon","done":false})"
          "\n"},
         "Once upon"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.path, one.kind);
        looking now;
        auto running = exchange_of(one.path, now.room);
        auto copy = now.answers.begin(*running);
        REQUIRE(copy);
        for (const auto& piece : one.pieces) {
            copy->feed(piece);
        }
        const auto shown = now.seen.wait_for(one.kind, one.text);
        CHECK(shown.exchange == running->id);
        CHECK_FALSE(shown.over);
        CHECK(shown.model == "gpt-4o");
        copy.reset();
        CHECK(now.seen.wait_for_end().over);
    }
}

TEST_CASE("what was captured before somebody looked is shown, too, and encoded answers are") {
    looking now;
    auto running = exchange_of("/v1/chat/completions", now.room);
    running->response_encoding = "gzip";
    const auto bytes = gzip(event("Once ") + event("upon"));
    running->response_body.append(std::string_view{bytes}.substr(0, 20));
    const auto copy = now.answers.begin(*running);
    REQUIRE(copy);
    copy->feed(std::string_view{bytes}.substr(20));
    now.seen.wait_for("text", "Once upon");
}

TEST_CASE("an answer is shown with what its history begins with, but what one of its calls holds") {
    struct {
        const char* name;
        std::string messages;
        std::vector<std::string> opening;
    } const cases[]{
        {"a question", R"([{"role":"user","content":"Read it"}])", {"Read it"}},
        {"behind system text",
         R"([{"role":"system","content":"You help."},{"role":"user","content":"Read it"}])",
         {"Read it"}},
        {"several texts, and an empty one",
         R"([{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":""},{"type":"text","text":"two"}]}])",
         {"one", "two"}},
        {"a long one is cut",
         R"([{"role":"user","content":")" + std::string(255, 'x') + "äzz" + R"("}])",
         {std::string(255, 'x') + "|cut"}},
        {"one that began a thread itself",
         R"([{"role":"user","content":"Read \"it\""},{"role":"assistant","content":null,"tool_calls":[)"
         R"({"id":"c","type":"function","function":{"name":"Task","arguments":"{\"prompt\":\"Read \\\"it\\\"\"}"}}]},)"
         R"({"role":"tool","tool_call_id":"c","content":"done"}])",
         {}},
        {"nothing", "[]", {}},
    };
    for (const auto& one : cases) {
        CAPTURE(one.name);
        looking now;
        auto running = exchange_of("/v1/chat/completions", now.room,
                                   R"({"model":"gpt-4o","stream":true,"messages":)" + one.messages + "}");
        running->request_head +=
            "X-Claude-Code-Agent-Id: agent-7\r\nX-Claude-Code-Parent-Agent-Id: agent-1\r\n";
        auto copy = now.answers.begin(*running);
        REQUIRE(copy);
        copy->feed(event("Once upon"));
        const auto shown = now.seen.wait_for("text", "Once upon");
        std::vector<std::string> opening;
        for (const auto& text : shown.opening) {
            opening.push_back(text.text + (text.cut ? "|cut" : ""));
        }
        CHECK(opening == one.opening);
        CHECK(shown.agent_id == "agent-7");
        CHECK(shown.parent_agent_id == "agent-1");
    }
}

TEST_CASE("no part of a credential is ever shown, however the answer is cut") {
    const std::string named = "named-secret-0123456789abcdef";
    const auto request =
        R"({"model":"gpt-4o","api_key":")" + named + R"(","messages":[{"role":"user","content":"x"}]})";
    for (const auto& value : {secret, named}) {
        for (std::size_t cut = 1; cut < value.size(); ++cut) {
            CAPTURE(value, cut);
            looking now;
            auto running = exchange_of("/v1/chat/completions", now.room, request);
            running->agent_name = "agent-" + secret;
            auto copy = now.answers.begin(*running);
            REQUIRE(copy);
            copy->feed(event("It is ") + event(value.substr(0, cut)));
            now.seen.wait_for("text", "It is ");
            copy->feed(event(value.substr(cut)) + event(" indeed"));
            copy.reset();
            const auto shown = screen::text_of(now.seen.wait_for_end(), "text");
            CHECK(shown.starts_with("It is redacted:"));
            CHECK(shown.ends_with(" indeed"));
            const auto all = now.seen.everything();
            CHECK(all.find(value.substr(0, 4)) == std::string::npos);
            CHECK(all.find(value.substr(value.size() - 6)) == std::string::npos);
        }
    }
}

TEST_CASE("nothing is begun where nobody looks, and what was begun before is of another round") {
    looking now;
    auto running = exchange_of("/v1/chat/completions", now.room);
    const auto before = now.answers.begin(*running);
    REQUIRE(before);
    now.answers.want(false);
    CHECK_FALSE(now.answers.wanted());
    CHECK_FALSE(now.answers.begin(*running));
    CHECK(before->round() != now.answers.round());
    before->feed(event("unheard"));
    now.answers.want(true);
    const auto again = now.answers.begin(*running);
    REQUIRE(again);
    CHECK(again->round() == now.answers.round());
}

TEST_CASE("an answer that is too large is cut, and gives back its memory") {
    looking now;
    auto running = exchange_of("/v1/chat/completions", now.room);
    auto copy = now.answers.begin(*running);
    REQUIRE(copy);
    const auto piece = event(std::string(50'000, 'x'));
    for (int i = 0; i < 400; ++i) {
        copy->feed(piece);
    }
    const auto shown = now.seen.wait_for_end();
    CHECK(shown.cut);
    CHECK(screen::text_of(shown, "text").size() <= 65'536);
    copy.reset();
    running.reset();
    now.answers.stop();
    CHECK(now.room.memory_bytes() == 0);
}

TEST_CASE("an answer that is too large once it is decoded is cut, and what it says is left away") {
    looking now;
    auto running = exchange_of("/v1/chat/completions", now.room);
    running->response_encoding = "gzip";
    auto copy = now.answers.begin(*running);
    REQUIRE(copy);
    std::string text;
    for (int i = 0; i < 600; ++i) {
        text += event(std::string(50'000, 'x'));
    }
    copy->feed(gzip(text));
    const auto shown = now.seen.wait_for_end();
    CHECK(shown.cut);
    CHECK(shown.blocks.empty());
}

std::string piece_of(int number, const std::string& text) {
    return R"(data: {"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,)"
           R"("sequence_number":)" +
           std::to_string(number) + R"(,"delta":")" + text + "\"}\n\n";
}

TEST_CASE("a stream that a fetch goes on with is shown from its beginning, as the question's") {
    screen seen;
    capture::budget room{64U << 20, 0};
    std::vector<std::string> asked;
    answers_in_flight answers{{},
                              redaction_key,
                              room,
                              [&](const shown_answer& one) { seen.show(one); },
                              [&](std::string_view id, std::string_view provider,
                                  std::optional<std::int64_t> after) -> std::optional<begun_answer> {
                                  asked.push_back(std::string{id} + " " + std::string{provider} + " " +
                                                  (after ? std::to_string(*after) : "-"));
                                  if (id != "resp_1") {
                                      return std::nullopt;
                                  }
                                  return begun_answer{{7},       "agent", "project",
                                                      "session", "gpt-5", after ? piece_of(1, "Once ") : ""};
                              }};
    answers.want(true);
    const auto fetch = [&](const std::string& target) {
        auto made = stream("", "", room);
        made->method = "GET";
        made->target = target;
        made->path = target.substr(0, target.find('?'));
        return made;
    };
    const auto running = fetch("/v1/responses/resp_1?stream=true&starting_after=1");
    auto copy = answers.begin(*running);
    REQUIRE(copy);
    copy->feed(piece_of(2, "upon"));
    const auto shown = seen.wait_for("text", "Once upon");
    CHECK(shown.exchange == running->id);
    CHECK(shown.answer_of == capture::uuid{7});
    CHECK(shown.session + shown.agent_name + shown.project + shown.model == "sessionagentprojectgpt-5");
    copy.reset();
    CHECK(seen.wait_for_end().over);
    const auto whole = fetch("/v1/responses/resp_1?stream=true");
    copy = answers.begin(*whole);
    REQUIRE(copy);
    copy->feed(piece_of(0, "All of it"));
    CHECK(seen.wait_for("text", "All of it").exchange == whole->id);
    const auto unknown = fetch("/v1/responses/resp_2?stream=true");
    copy = answers.begin(*unknown);
    REQUIRE(copy);
    copy->feed(piece_of(0, "Nobody asked"));
    copy.reset();
    copy = answers.begin(*whole);
    REQUIRE(copy);
    copy->feed(piece_of(0, "Known"));
    seen.wait_for("text", "Known");
    answers.stop();
    CHECK(asked == std::vector<std::string>{"resp_1 openai 1", "resp_1 openai -", "resp_2 openai -",
                                            "resp_1 openai -"});
    CHECK(seen.everything().find("Nobody") == std::string::npos);
}

TEST_CASE("other exchanges than those of an API are not shown") {
    looking now;
    auto running = exchange_of("/v1/models", now.room);
    CHECK_FALSE(now.answers.begin(*running));
    running = exchange_of("/v1/chat/completions", now.room);
    running->request_body.abandon();
    CHECK_FALSE(now.answers.begin(*running));
}

}  // namespace tapes::record::test_answers_in_flight
