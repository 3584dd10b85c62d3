#include "commands/command_run.hpp"
#include "read/told_store.hpp"
#include "screen/figures.hpp"
#include "screen/screen.hpp"
#include "screen/table.hpp"

#include <tapes/app/complete_ids.hpp>
#include <tapes/app/reading.hpp>
#include <tapes/app/tail.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/text/visible.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <regex>
#include <sstream>
#include <string>

namespace tapes::app::reading_test {

namespace {

using read::test::call_block;
using read::test::result_block;
using read::test::said;
using read::test::text_block;
using read::test::told_store;
using read::test::turn_options;
using test::ran;

merkle::usage used(std::int64_t prompt, std::int64_t completion, std::int64_t cached, std::int64_t written) {
    merkle::usage made;
    made.prompt_tokens = prompt;
    made.completion_tokens = completion;
    made.total_tokens = prompt + completion;
    made.cache_read_input_tokens = cached;
    made.cache_creation_input_tokens = written;
    return made;
}

/// An agent at work: tools, an image, an error, a sub-agent, another try.
void tell_work(told_store& store) {
    turn_options options;
    options.session = "6f1d2c3b-work";
    options.model = "claude-sonnet-4-5";
    options.provider = "anthropic";
    options.client = "claude-code";
    const auto system = said("system", "You are an agent.\nBe brief.");
    const auto ask = said(
        "user", "<system-reminder>\nThe directory is empty.\n</system-reminder>\n修复 the parser 🎉 please");
    merkle::block thought;
    thought.type = "thinking";
    thought.thinking = "They want it fixed.";
    thought.signature = "sealed";
    const merkle::message look{"assistant",
                               {thought, text_block("I look at it."),
                                call_block("c1", "Bash", R"({"command":"make test","description":"tests"})"),
                                call_block("c2", "Read", R"({"file_path":"src/parser.cpp"})")}};
    auto failed = result_block("c2", "no such file");
    failed.is_error = true;
    merkle::block image;
    image.type = "image";
    image.media_type = "image/png";
    image.image_base64 = std::string(4000, 'A');
    const merkle::message results{"user", {result_block("c1", "one\ntwo\nthree\n"), failed, image}};
    const auto done = said("assistant", "It is fixed:\n\n    return 0;\n");
    options.used = used(1200, 80, 0, 1000);
    store.tell({system, ask}, look, options);
    auto refused = options;
    refused.dropped = capture::drop_reason::upstream_status;
    refused.status = 429;
    refused.used = {};
    store.tell({}, std::nullopt, refused);
    options.used = used(1400, 40, 1100, 200);
    store.tell({system, ask, look, results}, done, options);
    options.used = used(1500, 20, 1300, 0);
    store.tell({system, ask, look, results, done, said("user", "and now?")}, said("assistant", "Nothing."),
               options);
    const merkle::message task{
        "assistant",
        {call_block("c3", "Task", R"({"description":"look around","prompt":"Look around, please"})")}};
    store.tell({system, ask, look, results, done, said("user", "and what now?")}, task, options);
    options.agent_id = "agent-7";
    store.tell({said("system", "You are a sub-agent."), said("user", "Look around, please")},
               said("assistant", "Nobody is here."), options);
    options.agent_id = "";
    store.tell({system,
                ask,
                look,
                results,
                done,
                said("user", "and what now?"),
                task,
                {"user", {result_block("c3", "Nobody is here.")}}},
               said("assistant", "Nobody."), options);
}

void tell_others(told_store& store) {
    turn_options options;
    options.session = "hostile";
    options.model = "nobody's-model\x1b[2J";
    options.day = 1;
    options.used = used(10, 5, 0, 0);
    std::string evil = "\x1b[31mred \xe2\x80\xae drawkcab \xff nul ";
    evil.push_back('\0');
    store.tell({said("user", evil + "\r\x1b]0;title\x07")},
               merkle::message{"assistant",
                               {text_block("\x1b[1mbold"),
                                call_block("x\x1b", "Bash\x1b", R"({"command":"\u001b[2J\u202e"})")}},
               options);
    options.session = "";
    options.model = "gpt-4o";
    options.used = {};
    options.ended = capture::end_reason::client_closed;
    store.tell({said("user", "hi")}, said("assistant", "hel"), options);
}

const told_store& example() {
    static const auto made = [] {
        auto store = std::make_unique<told_store>();
        tell_work(*store);
        tell_others(*store);
        store->end_writer();  // it outlives the test, and other tests send signals to the process
        return store;
    }();
    return *made;
}

ran run(const std::function<int(const config::settings&, printer&, printer&)>& command) {
    return test::run(test::settings_of(example().path()), command);
}

ran log(const session_list& options) {
    return run([&](const auto& settings, auto& out, auto& err) {
        return list_sessions(settings, options, out, err);
    });
}
ran show(const shown_record& options) {
    return run(
        [&](const auto& settings, auto& out, auto& err) { return show_record(settings, options, out, err); });
}
ran tail(const tail_request& options) {
    return run(
        [&](const auto& settings, auto& out, auto& err) { return tail_record(settings, options, out, err); });
}
ran stats(const usage_request& options) {
    return run(
        [&](const auto& settings, auto& out, auto& err) { return show_usage(settings, options, out, err); });
}

/// When nodes were stored is not chosen by the test.
std::string without_clock(const std::string& text) {
    return std::regex_replace(text, std::regex{R"("(created|committed)_at":"[^"]*")"}, R"("$1_at":"…")");
}

void check_golden(const std::string& name, const ran& done) {
    test::check_golden(name, done, without_clock(done.out));
}

shown_record shown(const std::string& id) {
    shown_record made;
    made.id = id;
    return made;
}

}  // namespace

TEST_CASE("tapes log lists sessions as its golden files say") {
    session_list options;
    check_golden("log.txt", log(options));
    options.json = true;
    check_golden("log.json", log(options));
    options.errors = true;
    check_golden("log-errors.json", log(options));
    options.errors = false;
    options.limit = 1;
    CHECK(std::ranges::count(log(options).out, '\n') == 1);
    options.limit = 0;
    CHECK(std::ranges::count(log(options).out, '\n') == 3);
    options.project = "another";
    CHECK(log(options).code == 1);
    CHECK(log(options).err == "tapes: there is no such session\n");
    options.since = "soon";
    CHECK_THROWS_AS(log(options), usage_error);
}

TEST_CASE("tapes tail lists exchanges, the newest last, as its golden files say") {
    tail_request options;
    check_golden("tail.txt", tail(options));
    options.json = true;
    options.limit = 2;
    check_golden("tail.json", tail(options));
    options.session = "nobody's";
    CHECK(tail(options).code == 1);
}

TEST_CASE("tapes show tells what was said as its golden files say") {
    auto options = shown("6f1d");
    check_golden("show.txt", show(options));
    options.tools = options.thinking = true;
    check_golden("show-tools-thinking.txt", show(options));
    options.tools = options.thinking = false;
    options.json = true;
    check_golden("show.json", show(options));
    options.json = false;
    options.turn = 2;
    check_golden("show-turn.txt", show(options));
    options.turn = 0;
    options.raw = true;
    check_golden("show-raw.json", show(options));
    check_golden("show-exchange.txt", show(shown("3")));
    check_golden("show-dropped.txt", show(shown("2")));
    check_golden("show-hostile.txt", show(shown("hostile")));
    options = shown("6f1d");
    options.thread = 2;
    check_golden("show-thread.txt", show(options));
    options = shown("hostile");
    options.json = true;
    check_golden("show-hostile.json", show(options));
    options.json = false;
    options.raw = true;
    CHECK(show(options).code == 0);
}

TEST_CASE("tapes show says what there is not") {
    CHECK(show(shown("nothing of it")).code == 1);
    CHECK(show(shown("@9")).code == 1);
    auto options = shown("@");
    options.turn = 7;
    CHECK_THROWS_WITH(show(options), "there is no turn 7; the last is 1");
    options.turn = 0;
    options.thread = 7;
    CHECK_THROWS_WITH(show(options), Catch::Contains("thread"));
    options.id = "3";
    CHECK_THROWS_AS(show(options), usage_error);
    const auto several = show(shown("0197c100"));
    CHECK(several.code == 1);
    CHECK_THAT(several.err, Catch::Contains("may mean any of these:\n  exchange 0197c100"));
    CHECK(several.out.empty());
}

TEST_CASE("tapes stats sums as its golden files say") {
    usage_request options;
    check_golden("stats.txt", stats(options));
    options.by = {"model", "day"};
    check_golden("stats-by.txt", stats(options));
    options.json = true;
    check_golden("stats-by.json", stats(options));
    options.by = {"session"};
    check_golden("stats-session.json", stats(options));
    options.by = {"tool"};
    check_golden("stats-tool.json", stats(options));
    options.json = false;
    check_golden("stats-tool.txt", stats(options));
    options.by = {"day"};
    options.since = "2025-07-01";
    check_golden("stats-since.txt", stats(options));
    options.session = "no such session";
    CHECK(stats(options).code == 1);
    options.by = {"tool", "model"};
    CHECK_THROWS_AS(stats(options), usage_error);
    options.by = {"weather"};
    CHECK_THROWS_AS(stats(options), usage_error);
}

TEST_CASE("tapes stats tells how long answers took as its golden files say") {
    usage_request options;
    options.latency = true;
    check_golden("stats-latency.txt", stats(options));
    options.by = {"model", "day"};
    check_golden("stats-latency-by.txt", stats(options));
    options.json = true;
    check_golden("stats-latency-by.json", stats(options));
    options.session = "6f1d2c3b";
    options.by = {"project"};
    CHECK(stats(options).code == 0);
    options.until = "2025-06-29";
    CHECK(stats(options).code == 1);
    options.until.clear();
    options.session = "no such session";
    CHECK(stats(options).code == 1);
    options.session.clear();
    for (const auto* const name : {"session", "tool", "weather"}) {
        options.by = {name};
        CHECK_THROWS_AS(stats(options), usage_error);
    }
}

TEST_CASE("names for shells are those that are words to them") {
    const auto complete = [](completed_ids kind, const std::string& prefix) {
        return run([&](const auto& settings, auto& out, auto&) {
            return complete_ids(settings, kind, prefix, out);
        });
    };
    log({});
    CHECK(complete(completed_ids::sessions, "6f").out == "6f1d2c3b-work\n");
    CHECK(complete(completed_ids::all, "6f").out == "6f1d2c3b-work\n");
    CHECK(complete(completed_ids::exchanges, "6f").out.empty());
    CHECK(std::ranges::count(complete(completed_ids::exchanges, "0197").out, '\n') == 9);
    config::settings nowhere;
    nowhere.storage.sqlite_path = "/nowhere/tapes.sqlite";
    std::ostringstream out;
    printer to{out};
    CHECK(complete_ids(nowhere, completed_ids::all, "", to) == 0);
    CHECK(out.str().empty());
}

TEST_CASE("a reader that goes away ends a command") {
    std::ostringstream out;
    std::ostringstream err;
    printer to{out};
    printer complaints{err};
    out.setstate(std::ios::badbit);
    CHECK(to.gone());
    CHECK(show_record(test::settings_of(example().path()), shown("6f1d"), to, complaints) == 0);
    CHECK(err.str().empty());
}

TEST_CASE("figures are short, and tell their unit") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(-1234567) == "-1,234,567");
    CHECK(short_count(999) == "999");
    CHECK(short_count(1234) == "1.2k");
    CHECK(short_count(999'999) == "1.0M");
    CHECK(short_bytes(0) == "0 B");
    CHECK(short_bytes(104'857'600) == "105 MB");
    CHECK(short_duration(1'500'000) == "1.5 s");
    CHECK(short_duration(125'000'000) == "2:05 min");
    CHECK(short_duration(3'720'000'000) == "1:02 h");
    CHECK(share_of(999, 1000) == "99%");
    CHECK(share_of(0, 0) == "-");
    read::cost price;
    CHECK(dollars(price) == "-");
    price.priced = 1;
    CHECK(dollars(price) == "$0");
    price.input = 12'300'000'000;
    CHECK(dollars(price) == "$0.0123");
    price.unpriced = 1;
    price.output = 12'000'000'000'000;
    CHECK(dollars(price) == "$12.01+");
}

TEST_CASE("a table fits its screen, with wide characters and the most important columns") {
    const auto drawn = [](std::size_t width) {
        std::ostringstream out;
        printer to{out};
        const screen narrow{width, style{false}};
        table rows{
            to,
            narrow,
            {{"name"}, {"size", column::side::right, 0, 1}, {"used", column::side::right, 0, 2}, {"title"}}};
        rows.add({{"漢字"}, {"1"}, {"22"}, {"a title of some length"}});
        rows.add({{"b"}, {"1234"}, {"5"}, {"修复修复修复修复修复修复修复"}});
        rows.finish();
        return out.str();
    };
    CHECK(drawn(0) ==
          "name  size  used  title\n"
          "漢字     1    22  a title of some length\n"
          "b     1234     5  修复修复修复修复修复修复修复\n");
    CHECK(drawn(40) ==
          "name  size  used  title\n"
          "漢字     1    22  a title of some length\n"
          "b     1234     5  修复修复修复修复修复…\n");
    CHECK(drawn(30) ==
          "name  size  title\n"
          "漢字     1  a title of some l…\n"
          "b     1234  修复修复修复修复…\n");
    CHECK(drawn(24) ==
          "name  title\n"
          "漢字  a title of some l…\n"
          "b     修复修复修复修复…\n");
    CHECK(drawn(16) ==
          "name  title\n"
          "漢字  a title o…\n"
          "b     修复修复…\n");
}

TEST_CASE("text is indented, and broken between words where the screen ends") {
    const auto drawn = [](std::size_t width, std::string_view text) {
        std::ostringstream out;
        printer to{out};
        write_indented(to, {width, style{false}}, text, 2);
        return out.str();
    };
    CHECK(drawn(0, "a b\n\n  c\td\n") == "  a b\n\n    c    d\n");
    CHECK(drawn(12, "one two three four") == "  one two\n  three four\n");
    CHECK(drawn(12, "abcdefghijklmnop") == "  abcdefghij\n  klmnop\n");
    CHECK(drawn(10, "漢字漢字漢字") == "  漢字漢字\n  漢字\n");
    CHECK(drawn(20, "\x1b[2J\r\n\xe2\x80\xae") == "  \\u001b[2J\n  \\u202e\n");
    CHECK(one_line(" a\n\tb  c\x1b ") == "a b c\\u001b");
    CHECK(fitted("abcdef", 4) == "abc…");
    CHECK(fitted("漢字漢", 4) == "漢…");
}

}  // namespace tapes::app::reading_test
