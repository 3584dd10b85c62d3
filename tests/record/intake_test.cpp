#include "temporary_store.hpp"
#include "turns.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/record/intake.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace tapes::record::intake_test {

using namespace tapes::record;
using namespace tapes::record::test;
using state = intake_outcome::state;
using capture::drop_reason;

namespace {

struct open_intake {
    explicit open_intake(settings options = {}, std::uint64_t memory = 64U << 20) : limits{memory, 0} {
        options.store_path = store.path();
        taking.emplace(options, redaction_key, store.out, store.account, limits);
    }
    intake_outcome take(outside_exchange one) {
        std::vector<outside_exchange> all;
        all.push_back(std::move(one));
        return taking->take(std::move(all)).at(0);
    }
    std::int64_t count(const std::string& sql) const { return store::test::number(store.path(), sql); }

    store::test::written_store store;
    capture::budget limits;
    std::optional<intake> taking;
};

outside_exchange chat_turn(const std::string& question, const std::string& answer) {
    outside_exchange made;
    made.source = "ingest";
    made.path = "/v1/chat/completions";
    made.provider = "openai";
    made.request = ask(question);
    made.response = say(answer);
    return made;
}

}  // namespace

TEST_CASE("what is taken is committed, has the nodes that recording gives, and is accounted") {
    recording relayed;
    const auto head = relayed.turn(chat_api, ask("hi"), say("Hello."));
    open_intake here;
    const auto outcome = here.take(chat_turn("hi", "Hello."));
    CHECK(outcome.now == state::taken);
    CHECK(outcome.head == head);
    CHECK(here.count("SELECT count(*) FROM exchange WHERE peer = 'ingest'") == 1);
    CHECK(here.count("SELECT count(*) FROM node") == 2);
    const auto totals = here.store.account.read();
    CHECK(totals.accepted == 1);
    CHECK(totals.recorded == 1);
    here.store.stop();  // who is told need not find the memory given back
    CHECK(here.limits.memory_bytes() == 0);
}

TEST_CASE("an answer given as its events is the same node as the object") {
    open_intake here;
    const auto once = here.take(chat_turn("hi", "Hello."));
    auto streamed = chat_turn("hi", "");
    streamed.response = event("Hel") + event("lo.") + last_event + "data: [DONE]\n\n";
    const auto again = here.take(streamed);
    CHECK(again.now == state::taken);
    CHECK(again.head == once.head);
    CHECK(here.count("SELECT count(*) FROM exchange WHERE streamed = 1") == 1);
}

TEST_CASE("what gives no turn is refused with what would be right, and leaves nothing") {
    open_intake here;
    auto wrong = chat_turn("hi", "x");
    std::string part;
    SECTION("no answer") {
        wrong.response = "{}";
        part = "the response";
    }
    SECTION("an answer that says nothing") {
        wrong.response = R"({"id":"c","object":"chat.completion","model":"m","choices":[]})";
        part = "the response";
    }
    SECTION("another API's answer") {
        wrong.response = R"({"type":"message","role":"assistant","content":[{"type":"text","text":"x"}]})";
        part = "openai_chat";
    }
    SECTION("no request") {
        wrong.request = "[1]";
        part = "the request";
    }
    SECTION("an error") {
        wrong.status = 429;
        part = "429";
    }
    SECTION("no API") {
        wrong.path = "/v1/models";
        part = "/v1/chat/completions";
    }
    SECTION("no path") {
        wrong.path = "x y";
        part = "must begin with /";
    }
    SECTION("a secret in the upstream") {
        wrong.upstream = "https://user:pass@host";
        part = "user info";
    }
    const auto outcome = here.take(wrong);
    CHECK(outcome.now == state::refused);
    CHECK_THAT(outcome.detail, Catch::Contains(part));
    CHECK_THAT(outcome.detail, !Catch::Contains("pass@"));
    CHECK(here.count("SELECT count(*) FROM exchange") == 0);
    CHECK(here.store.account.read().accepted == 0);
    CHECK(here.limits.memory_bytes() == 0);
}

TEST_CASE("of several some may be refused; a conversation among them is one chain") {
    open_intake here;
    std::vector<outside_exchange> all;
    all.push_back(chat_turn("one", "first"));
    all.push_back(chat_turn("two", ""));
    all.back().response = "nothing";
    all.push_back(chat_turn("x", "second"));
    all.back().request =
        R"({"model":"gpt-4o","messages":[{"role":"user","content":"one"},{"role":"assistant","content":"first"},)"
        R"({"role":"user","content":"two"}]})";
    const auto outcomes = here.taking->take(std::move(all));
    CHECK(outcomes[0].now == state::taken);
    CHECK(outcomes[1].now == state::refused);
    CHECK(outcomes[2].now == state::taken);
    CHECK(here.count("SELECT count(*) FROM node WHERE parent IS NULL") == 1);
    CHECK(here.count("SELECT count(*) FROM node") == 4);
}

TEST_CASE("what comes again with its id is known, in one call and in a later one") {
    open_intake here;
    auto one = chat_turn("hi", "Hello.");
    one.started_at = capture::timestamp{std::chrono::seconds{1'700'000'000}};
    one.id = id_of(one);
    std::vector<outside_exchange> twice{one, one};
    const auto outcomes = here.taking->take(twice);
    CHECK(outcomes[0].now == state::taken);
    CHECK(outcomes[1].now == state::known);
    CHECK(here.take(one).now == state::known);
    CHECK(here.take(one).head == outcomes[0].head);
    auto later = one;
    later.started_at += std::chrono::seconds{1};
    later.id = id_of(later);
    CHECK(here.take(later).now == state::taken);
    CHECK(here.count("SELECT count(*) FROM exchange") == 2);
    CHECK(here.count("SELECT min(accepted_at) FROM exchange") == 1'700'000'000'000'000);
    CHECK(capture::to_string(one.id)[14] == '7');
}

TEST_CASE("an id that was taken is refused for another content, in one call and in later ones") {
    struct row {
        const char* question;
        const char* answer;
        std::int64_t at_s;  ///< in the id; 0: none
    };
    const auto other = GENERATE(values<row>({{"hi", "Good day.", 1'700'000'000},
                                             {"ho", "Hello.", 1'700'000'000},
                                             {"hi", "Good day.", 4'000'000'000},
                                             {"hi", "Good day.", 0}}));
    open_intake here;
    auto one = chat_turn("hi", "Hello.");
    one.started_at = capture::timestamp{std::chrono::seconds{other.at_s}};
    one.id = id_of(one);
    auto conflicting = chat_turn(other.question, other.answer);
    conflicting.id = one.id;
    std::vector<outside_exchange> all{one, conflicting, one};
    const auto outcomes = here.taking->take(all);
    CHECK(outcomes[0].now == state::taken);
    CHECK(outcomes[1].now == state::refused);
    CHECK(outcomes[1].reason == drop_reason::none);
    CHECK_THAT(outcomes[1].detail, Catch::StartsWith("id: " + capture::to_string(one.id)));
    CHECK(outcomes[2].now == state::known);
    CHECK(here.take(conflicting).now == state::refused);
    CHECK(here.take(one).now == state::known);
    CHECK(here.take(one).id == outcomes[0].id);
    CHECK(here.count("SELECT count(*) FROM exchange") == 1);
}

TEST_CASE("what comes again is known, though its conversation is found elsewhere by then") {
    open_intake here;
    std::vector<outside_exchange> all;
    for (const auto& [request, answer] : std::vector<std::pair<std::string, std::string>>{
             {ask_claude({user("q")}), claude(thinking("x") + "," + text_block("hi"))},
             {ask_claude({user("q"), assistant("hi"), user("r")}), claude(text_block("a"))},
             {ask_claude({user("q")}), claude(thinking("y") + "," + text_block("hi"))}}) {
        auto one = chat_turn("", "");
        one.path = "/v1/messages";
        one.provider = "anthropic";
        one.request = request;
        one.response = answer;
        one.started_at = capture::timestamp{std::chrono::seconds{1'700'000'000}};
        one.id = id_of(one);
        all.push_back(std::move(one));
    }
    for (const auto expected : {state::taken, state::known, state::known}) {
        for (const auto& one : all) {
            CHECK(here.take(one).now == expected);
        }
    }
    CHECK(here.count("SELECT count(*) FROM exchange") == 3);
    const auto outcomes = here.taking->take(all);
    CHECK(std::ranges::all_of(outcomes, [](const auto& one) { return one.now == state::known; }));
}

TEST_CASE("credentials in heads and bodies are redacted") {
    open_intake here;
    auto one = chat_turn("my key is " + secret, "I see " + secret);
    one.request_head =
        "POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer " + secret + "\r\nHost: h\r\n";
    REQUIRE(here.take(one).now == state::taken);
    CHECK(here.count("SELECT count(*) FROM node WHERE instr(content, '" + secret + "')") == 0);
    CHECK(here.count("SELECT count(*) FROM wire WHERE instr(request_head, '" + secret + "')") == 0);
}

TEST_CASE("a query goes into the target, and its keys are redacted") {
    open_intake here;
    auto one = chat_turn("hi", "Hello.");
    one.path += "?api_key=" + secret;
    REQUIRE(here.take(one).now == state::taken);
    CHECK(here.count("SELECT count(*) FROM exchange WHERE path = '/v1/chat/completions'") == 1);
    CHECK(here.count("SELECT count(*) FROM exchange WHERE instr(target, '" + secret + "')") == 0);
}

TEST_CASE("codings that a body no longer has are taken out of its head, and those that it has are undone") {
    open_intake here;
    auto plain = chat_turn("hi", "Hello.");
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: "
        "9\r\n";
    plain.response_head = head;
    const auto once = here.take(plain);
    REQUIRE(once.now == state::taken);
    CHECK(here.count("SELECT count(*) FROM wire WHERE instr(response_head, 'gzip')") == 0);
    CHECK(here.count("SELECT count(*) FROM exchange WHERE reading IS NOT NULL") == 0);
    auto coded = chat_turn("hi", "");
    coded.response = gzip(say("Hello."));
    coded.response_head = head;
    const auto again = here.take(coded);
    CHECK(again.now == state::taken);
    CHECK(again.head == once.head);
    CHECK(here.count("SELECT count(*) FROM wire WHERE instr(response_head, 'gzip')") == 1);
}

TEST_CASE("what there is no memory for may be sent again") {
    open_intake here{{}, 4096};
    CHECK(here.take(chat_turn("hi", std::string(8000, 'x'))).now == state::busy);
    CHECK(here.count("SELECT count(*) FROM exchange") == 0);
    CHECK(here.limits.memory_bytes() == 0);
}

TEST_CASE("work beyond the limit is given up, and the thread's own meter ends it") {
    const auto large = std::string(4 << 20, 'x');
    {
        settings options;
        options.work_limit = std::chrono::nanoseconds{0};
        open_intake here{options, 512U << 20};
        const auto outcome = here.take(chat_turn(large, "x"));
        CHECK(outcome.now == state::refused);
        CHECK(outcome.reason == drop_reason::work_limit);
    }
    open_intake here{{}, 512U << 20};
    text::work_meter meter{1, [](std::uint64_t) { return false; }};
    const text::metered on_this_thread{meter};
    CHECK_THROWS_AS(here.take(chat_turn(large, "x")), text::work_stopped);
}

TEST_CASE("the API is told from a provider's request") {
    CHECK(usual_path("openai", R"({"messages":[]})") == "/v1/chat/completions");
    CHECK(usual_path("openai", R"({"input":"x"})") == "/v1/responses");
    CHECK(usual_path("anthropic", R"({"messages":[]})") == "/v1/messages");
    CHECK(usual_path("ollama", R"({"prompt":"x"})") == "/api/generate");
    CHECK(usual_path("ollama", R"({"messages":[]})") == "/api/chat");
    CHECK(usual_path("gemini", R"({"contents":[],"model":"models/gemini-2.5-pro"})") ==
          "/v1beta/models/gemini-2.5-pro:generateContent");
    CHECK(usual_path("openai", "{}").empty());
    CHECK(usual_path("other", R"({"messages":[]})").empty());
}

TEST_CASE("each provider's path is one at which its API is found, with its model") {
    struct row {
        const char *provider, *api, *request, *path, *streamed;
    };
    constexpr const char* chat = R"({"messages":[]})";
    constexpr const char* claude = R"({"anthropic_version":"x","messages":[]})";
    const std::vector<row> rows{
        {"openai", "openai_chat", chat, "/v1/chat/completions", ""},
        {"mistral", "openai_chat", chat, "/v1/chat/completions", ""},
        {"mistral", "mistral_fim", R"({"prompt":"x"})", "/v1/fim/completions", ""},
        {"azure", "openai_chat", chat, "/openai/v1/chat/completions", ""},
        {"azure", "openai_responses", R"({"input":"x"})", "/openai/v1/responses", ""},
        {"groq", "openai_chat", chat, "/openai/v1/chat/completions", ""},
        {"openrouter", "openai_chat", chat, "/api/v1/chat/completions", ""},
        {"xai", "openai_chat", chat, "/v1/chat/completions", ""},
        {"databricks", "openai_chat", chat, "/serving-endpoints/chat/completions", ""},
        {"gemini", "gemini", R"({"contents":[]})", "/v1beta/models/a.b%3A1:generateContent",
         "/v1beta/models/a.b%3A1:streamGenerateContent"},
        {"vertex", "gemini", R"({"contents":[]})", "/v1/publishers/google/models/a.b%3A1:generateContent",
         "/v1/publishers/google/models/a.b%3A1:streamGenerateContent"},
        {"vertex", "anthropic_messages", claude, "/v1/publishers/anthropic/models/a.b%3A1:rawPredict",
         "/v1/publishers/anthropic/models/a.b%3A1:streamRawPredict"},
        {"bedrock", "bedrock_converse", chat, "/model/a.b%3A1/converse", "/model/a.b%3A1/converse-stream"},
    };
    for (const auto& one : rows) {
        INFO(one.provider << " " << one.api);
        for (const auto* const api : {"", one.api}) {
            path_hints more{api, "a.b:1", {}, false};
            CHECK(usual_path(one.provider, one.request, more) == one.path);
            more.events = true;
            CHECK(usual_path(one.provider, one.request, more) ==
                  (*one.streamed != 0 ? one.streamed : one.path));
        }
        const auto* const found = llm::find_api("POST", one.path);
        REQUIRE(found != nullptr);
        CHECK(found->name == one.api);
        if (*one.streamed != 0) {
            REQUIRE(llm::find_api("POST", one.streamed) == found);
            CHECK(llm::facts_of(*found, one.path).model == "a.b:1");
            CHECK(names_model_in_path(one.provider, one.request, ""));
            CHECK(usual_path(one.provider, one.request).empty());
        }
    }
    CHECK(usual_path("bedrock", claude, {{}, "anthropic.claude-x", {}, false}) ==
          "/model/anthropic.claude-x/invoke");
    CHECK(
        usual_path("gemini", R"({"contents":[]})", {{}, {}, R"({"modelVersion":"gemini-2.5-pro"})", false}) ==
        "/v1beta/models/gemini-2.5-pro:generateContent");
    CHECK(usual_path("openai", chat, {"gemini", {}, {}, false}).empty());
}

TEST_CASE("what is brought without a time gets that at which it is taken, and is known again") {
    open_intake here;
    auto first = chat_turn("hi", "Hello.");
    first.id = id_of(first);
    CHECK(capture::to_string(first.id).starts_with("00000000-0000-7"));
    const auto sought = first.id;
    const auto taken = here.take(std::move(first));
    REQUIRE(taken.now == state::taken);
    const auto name = capture::to_string(taken.id);
    CHECK(!name.starts_with("0000"));
    CHECK(std::equal(taken.id.begin() + 6, taken.id.end(), sought.begin() + 6));
    CHECK(here.count("SELECT count(*) FROM exchanges WHERE id = '" + name + "'") == 1);
    CHECK(here.count("SELECT count(*) FROM exchanges WHERE started_at > '2020'") == 1);

    auto again = chat_turn("hi", "Hello.");
    again.id = id_of(again);
    const auto known = here.take(std::move(again));
    CHECK(known.now == state::known);
    CHECK(known.id == taken.id);

    auto timed = chat_turn("hi", "Hello.");
    timed.started_at = capture::timestamp{std::chrono::milliseconds{0x0190aaaa0000}};
    timed.id = id_of(timed);
    CHECK(capture::to_string(timed.id).starts_with("0190aaaa-0000-7"));
    CHECK(here.take(std::move(timed)).now == state::taken);
    CHECK(here.count("SELECT count(*) FROM exchange") == 2);
}

}  // namespace tapes::record::intake_test
