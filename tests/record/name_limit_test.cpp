// Names that are hashed or compared many times have limits.
#include "name_limit.hpp"

#include "turns.hpp"

#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::record::name_limit_test {

using namespace tapes;
using namespace tapes::record::test;
using capture::drop_reason;

namespace {

struct named_api {
    api_case api;
    std::string request_start;  ///< up to the name of the model
    std::string request_rest;   ///< from the quote behind it on, with room for messages
    std::string answer;
};

std::vector<named_api> all_apis() {
    const std::string messages = R"(","messages":[{"role":"user","content":"hi"}]})";
    return {
        {chat_api, R"({"model":")", messages, say("hello")},
        {messages_api, R"({"model":")", messages,
         R"({"id":"msg_1","type":"message","role":"assistant","model":"m",)"
         R"("content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn"})"},
        {responses_api, R"({"model":")", R"(","input":[{"role":"user","content":"hi"}]})",
         R"({"id":"r","object":"response","status":"completed","model":"m","output":[{"type":"message",)"
         R"("id":"i","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hello",)"
         R"("annotations":[]}]}]})"},
        {{"/api/chat", "ollama"},
         R"({"stream":false,"model":")",
         messages,
         R"({"model":"m","message":{"role":"assistant","content":"hello"},"done":true})"},
    };
}

}  // namespace

TEST_CASE("the name of a model has a limit, in every API") {
    recording on;
    for (const auto& one : all_apis()) {
        CAPTURE(one.api.path);
        const auto made = [&](const std::string& model) {
            return on.make(one.api, one.request_start + model + one.request_rest, one.answer);
        };
        const auto longest = made(std::string(most_name_bytes, 'm'));
        CHECK(longest->dropped == drop_reason::none);
        CHECK(longest->nodes.size() == 2);
        CHECK(longest->model.size() == most_name_bytes);
        const auto longer = made(std::string(most_name_bytes - 1, 'm') + "\u00e9");
        CHECK(longer->dropped == drop_reason::request_decode);
        CHECK(longer->nodes.empty());
        CHECK(longer->model == std::string(most_name_bytes - 1, 'm'));
        CHECK(longer->keep_wire);
    }
}

TEST_CASE("the name of an agent has a limit, also where the request is prepared ahead of its time") {
    const turn_maker maker{settings{}, redaction_key};
    for (const bool early : {false, true}) {
        for (const std::size_t size : {most_name_bytes, most_name_bytes + 1}) {
            auto ended = chat(ask("hello"), say("hi"));
            ended->agent_name = std::string(size, 'a');
            if (early) {
                const auto work = std::make_shared<early_work>(*ended, ended->request_body.view());
                REQUIRE(work->begin());
                maker.prepare(*work, nullptr);
                ended->prepared = work;
            }
            const auto made = maker.make(std::move(ended));
            CAPTURE(early, size);
            CHECK(made->dropped ==
                  (size > most_name_bytes ? drop_reason::request_decode : drop_reason::none));
        }
    }
}

TEST_CASE("a session id that is too long is none") {
    const turn_maker maker{settings{}, redaction_key};
    const std::string too_long(most_name_bytes + 1, 's');
    auto ended = chat(R"({"model":"m","prompt_cache_key":")" + too_long +
                          R"(","messages":[{"role":"user","content":"hi"}]})",
                      say("hi"));
    ended->session = too_long;
    const auto made = maker.make(std::move(ended));
    CHECK(made->dropped == drop_reason::none);
    CHECK(made->session.empty());
}

TEST_CASE("names that come once cost the messages nothing") {
    const turn_maker maker{settings{}, redaction_key};
    for (const std::size_t size : {std::size_t{10}, std::size_t{1000}, std::size_t{100'000}}) {
        std::string body = R"({"model":")" + std::string(size, 'm') + R"(","user":")" +
                           std::string(size, 'u') + R"(","messages":[)";
        for (int i = 0; i < 10'000; ++i) {
            body += i > 0 ? "," : "";
            body += R"({"role":"user","content":"hello"})";
        }
        body += "]}";
        auto ended = chat(body, say("hi"));
        ended->agent_name = std::string(size, 'a');
        text::work_meter meter;
        const text::metered here{meter};
        (void)maker.make(std::move(ended));
        CAPTURE(size, meter.steps());
        CHECK(meter.steps() < 100 * body.size());
    }
}

TEST_CASE("a name is cut at the start of a character") {
    for (const std::string character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        for (std::size_t inside = 1; inside < character.size(); ++inside) {
            auto name = std::string(most_name_bytes - inside, 'x') + character;
            cut_name(name);
            CHECK(name == std::string(most_name_bytes - inside, 'x'));
        }
    }
    auto whole = std::string(most_name_bytes, 'x');
    cut_name(whole);
    CHECK(whole.size() == most_name_bytes);
}

}  // namespace tapes::record::name_limit_test
