#include "commands/command_run.hpp"
#include "read/told_store.hpp"

#include <tapes/app/reading.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app::why_test {

namespace {

using json = nlohmann::ordered_json;
using read::test::said;
using read::test::told_store;
using read::test::turn_options;
using test::ran;

merkle::usage figures(std::int64_t input, std::int64_t cache_read, std::int64_t written) {
    merkle::usage made;
    made.prompt_tokens = input + cache_read + written;
    made.completion_tokens = 50;
    made.cache_read_input_tokens = cache_read;
    made.cache_creation_input_tokens = written;
    made.cache_write_5m_tokens = written;
    return made;
}

json request_of(const std::string& system, const std::vector<std::string>& texts) {
    json messages = json::array();
    for (std::size_t i = 0; i < texts.size(); ++i) {
        messages.push_back({{"role", i % 2 == 0 ? "user" : "assistant"},
                            {"content", json::array({{{"type", "text"}, {"text", texts[i]}}})}});
    }
    const json mark{{"type", "ephemeral"}};
    messages.back()["content"].back()["cache_control"] = mark;
    return {{"model", "claude-sonnet-4-5"},
            {"tools", json::array({{{"name", "ls"}, {"description", "Lists files."}},
                                   {{"name", "cat"}, {"description", "Shows a file."}}})},
            {"system", json::array({{{"type", "text"}, {"text", system}, {"cache_control", mark}}})},
            {"messages", messages}};
}

/// A conversation: begun, gone on with, its tools changed, left alone for ten minutes, its system text
/// changed by something hostile.
const told_store& example() {
    static const auto made = [] {
        auto store = std::make_unique<told_store>();
        turn_options options;
        options.session = "5c0ffee0-cache";
        options.api = "anthropic_messages";
        options.provider = "anthropic";
        options.model = "claude-sonnet-4-5";
        options.client = "claude-code";
        options.response_head = "HTTP/1.1 200 OK\r\n";
        std::string system = "You are an agent. Today is Monday. " + std::string(300, 's');
        std::vector<std::string> texts;
        std::vector<merkle::message> chain{said("system", "s")};
        const auto turn = [&](int number, std::int64_t at, const merkle::usage& used, bool tools = false,
                              const std::string& answer = "{}") {
            texts.push_back("question " + std::to_string(number));
            chain.push_back(said("user", texts.back()));
            auto request = request_of(system, texts);
            if (tools) {
                request["tools"].erase(0);
            }
            options.request = request.dump();
            options.response = answer;
            options.used = used;
            options.at_s = at;
            texts.push_back("answer " + std::to_string(number));
            store->tell(chain, said("assistant", texts.back()), options);
            chain.push_back(said("assistant", texts.back()));
        };
        turn(1, 10, figures(3, 0, 5000));
        turn(2, 40, figures(3, 5000, 200));
        turn(
            3, 70, figures(3, 0, 5400), true,
            R"({"diagnostics":{"cache_miss_reason":{"type":"tools_changed","cache_missed_input_tokens":5100}}})");
        turn(4, 670, figures(3, 0, 5500), true);
        system.replace(system.find("Monday"), 6, "\x1b[31mTuesday\u202e");
        chain.front() = said("system", "another");
        turn(5, 700, figures(3, 0, 5600), true);
        turn(6, 730, figures(3, 5600, 100), true);
        store->end_writer();
        return store;
    }();
    return *made;
}

ran why(const cache_question& options) {
    return test::run(test::settings_of(example().path()), [&](const auto& settings, auto& out, auto& err) {
        return explain_cache(settings, options, out, err);
    });
}

cache_question about(std::string id, bool as_json = false) {
    cache_question made;
    made.id = std::move(id);
    made.json = as_json;
    return made;
}

void check_file(const std::string& name, const ran& done) {
    test::check_golden(name, done, done.out);
}

}  // namespace

TEST_CASE("tapes why explains as its golden files say") {
    check_file("why-session.txt", why(about("@")));
    check_file("why-session.json", why(about("5c0ffee0", true)));
    auto all = about("@");
    all.all = true;
    check_file("why-all.txt", why(all));
    all.limit = 2;
    check_file("why-limit.txt", why(all));
    check_file("why-hit.txt", why(about("2")));
    check_file("why-tools.txt", why(about("3")));
    check_file("why-tools.json", why(about("3", true)));
    check_file("why-expired.txt", why(about("4")));
    check_file("why-hostile.txt", why(about("5")));
    check_file("why-hostile.json", why(about("5", true)));
}

TEST_CASE("tapes why fits a terminal, and says what there is not") {
    auto narrow = about("@");
    narrow.screen.colour = colour_choice::always;
    CHECK(why(narrow).code == 0);
    const auto none = why(about("nowhere"));
    CHECK(none.code == 1);
    CHECK(none.out.empty());
    CHECK(none.err.find("there is no session, exchange or node") != std::string::npos);
}

}  // namespace tapes::app::why_test
