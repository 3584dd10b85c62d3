#include "commands/command_run.hpp"
#include "commands/difference_text.hpp"
#include "commands/tree_text.hpp"
#include "read/told_store.hpp"
#include "screen/screen.hpp"

#include <tapes/app/exchanges.hpp>
#include <tapes/app/reading.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/text/width.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <regex>
#include <sstream>
#include <string>

namespace tapes::app::tree_diff_test {

namespace {

using read::test::call_block;
using read::test::result_block;
using read::test::said;
using read::test::text_block;
using read::test::told_store;
using read::test::turn_options;
using test::ran;

/// A conversation with forks of each cause and a sub-agent, and another one that went otherwise.
void tell_forks(told_store& store) {
    turn_options options;
    options.session = "forks-1";
    const auto system = said("system", "You are an agent.");
    const auto ask = said("user", "Write a parser for dates, 修复解析器 too");
    const auto done = said("assistant", "Here it is:\n\n    return parse(date);\n\nIt has no tests.");
    store.tell({system, ask}, said("assistant", "Her"), options);
    store.tell({system, ask}, done, options);
    store.tell({system, ask, done, said("user", "Now test it well")}, said("assistant", "It passes."),
               options);
    store.tell({system, ask, done, said("user", "Now test it very well")}, said("assistant", "It fails."),
               options);
    const merkle::message task{"assistant",
                               {call_block("c3", "Task", R"({"prompt":"Look around, please"})")}};
    store.tell({system, ask, done, said("user", "Who else is here?")}, task, options);
    options.agent_id = "agent-7";
    store.tell({said("system", "You are a sub-agent."), said("user", "Look around, please")},
               said("assistant", "Nobody is here."), options);
    options.agent_id = "";
    const merkle::message result{"user", {result_block("c3", "Nobody is here.")}};
    store.tell({system, ask, done, said("user", "Who else is here?"), task, result},
               said("assistant", "Nobody."), options);
    store.tell({system, ask, said("assistant", "I wrote my history anew."), said("user", "Go on")},
               said("assistant", "Gone."), options);
}

turn_options wire_options(const std::string& request) {
    turn_options made;
    made.session = "other";
    made.model = "claude-sonnet-4-5";
    made.provider = "anthropic";
    made.request = request;
    made.response_head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-model: a\x1b[2J\r\n";
    made.response =
        "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: ping\ndata: "
        "{\"type\":\"ping\"}\n\n"
        "data: \x1b[2J\xe2\x80\xae\n\n";
    made.times.add(0, 40);
    made.times.add(250'000, made.response.size() - 40);
    made.used.prompt_tokens = 1200;
    made.used.completion_tokens = 30;
    return made;
}

void tell_other(told_store& store) {
    const auto system = said("system", "You are an agent.");
    const auto ask = said("user", "Write a parser for times, 修复了解析机 too");
    auto options = wire_options(R"({"model":"a","temperature":1,"messages":[
        {"role":"user","content":"Write a parser for dates"}]})");
    store.tell({system, ask}, said("assistant", "Here it is:\n\n    return parse(time);\n\nIt has tests.\n"),
               options);
    auto second =
        wire_options(R"({"model":"b","top_p":1,"tools":[{"name":"Bash","description":"run"}],"messages":[
        {"role":"user","content":"Write a parser for times"},{"role":"user","content":"\u001b[2J"}]})");
    const merkle::message look{
        "assistant",
        {text_block("\x1b[1mI look.\xe2\x80\xae"),
         call_block("c9", "Bash\x1b", R"({"command":"ls","x":[1,2,{"y":"\u001b"}]})")}};
    store.tell({system, ask, said("user", "again")}, look, second);
}

const told_store& forked() {
    static const auto made = [] {
        auto store = std::make_unique<told_store>();
        tell_forks(*store);
        tell_other(*store);
        store->end_writer();
        return store;
    }();
    return *made;
}

ran run(const std::function<int(const config::settings&, printer&, printer&)>& command) {
    return test::run(test::settings_of(forked().path()), command);
}

ran tree(const shown_tree& options) {
    return run(
        [&](const auto& settings, auto& out, auto& err) { return show_tree(settings, options, out, err); });
}
ran diff(const compared_records& options) {
    return run([&](const auto& settings, auto& out, auto& err) {
        return show_difference(settings, options, out, err);
    });
}
ran events(const exchange_events& options) {
    return run([&](const auto& settings, auto& out, auto&) { return show_events(settings, options, out); });
}

/// When nodes were stored is not chosen by the test.
std::string without_clock(const std::string& text) {
    const auto json =
        std::regex_replace(text, std::regex{R"("(first|last)_at":"20[^"]*")"}, R"("$1_at":"…")");
    return std::regex_replace(json, std::regex{R"(  20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ  )"}, "  …  ");
}

void check_golden(const std::string& name, const ran& done) {
    test::check_golden(name, done, without_clock(done.out));
}

compared_records both(const std::string& left, const std::string& right) {
    compared_records made;
    made.left = left;
    made.right = right;
    return made;
}

/// A tree as it is drawn on a terminal.
std::string drawn(std::size_t width, bool unicode) {
    std::ostringstream out;
    printer to{out};
    const screen narrow{width, style{false}};
    tree_text text{to, narrow, unicode};
    read::tree_thread thread;
    thread.number = 1;
    thread.thread.model = "gpt-4o";
    text.write(read::tree_entry{thread});
    read::tree_branch one;
    one.nodes = 3;
    one.turns = 1;
    one.current = true;
    one.branches = 2;
    one.cause = catalogue::fork_cause::edit;
    one.words = "first words 修复 of some length";
    one.model = "gpt-4o";
    one.last_at_us = 1'751'284'800'000'000;
    text.write(read::tree_entry{one});
    one.level = 1;
    one.last = one.current = false;
    one.branches = 0;
    one.above = 1;
    one.model = "another-model";
    text.write(read::tree_entry{one});
    thread.level = 2;
    thread.number = 2;
    text.write(read::tree_entry{thread});
    one.level = 0;
    one.last = one.current = true;
    text.write(read::tree_entry{one});
    one.level = 30;
    text.write(read::tree_entry{one});
    return out.str();
}

}  // namespace

TEST_CASE("tapes tree draws forks and threads as its golden files say") {
    shown_tree options;
    options.id = "forks-1";
    options.ascii = true;
    check_golden("tree.txt", tree(options));
    options.json = true;
    check_golden("tree.json", tree(options));
    options.json = false;
    options.thread = 2;
    check_golden("tree-thread.txt", tree(options));
    options.thread = 0;
    options.limit = 3;
    check_golden("tree-page.txt", tree(options));
    options.limit = 200;
    options.id = "2";
    check_golden("tree-exchange.txt", tree(options));
    options.thread = 9;
    CHECK_THROWS_AS(tree(options), usage_error);
    options.id = "forks-1";
    CHECK_THROWS_WITH(tree(options), Catch::Contains("thread"));
    options.thread = 0;
    options.after = "1.x";
    CHECK_THROWS_AS(tree(options), usage_error);
    options.id = "none of it";
    CHECK(tree(options).code == 1);
}

TEST_CASE("a tree fits its screen, with lines of Unicode where there are some") {
    for (const std::size_t width : {40U, 80U, 200U}) {
        for (const bool unicode : {false, true}) {
            std::istringstream lines{drawn(width, unicode)};
            for (std::string line; std::getline(lines, line);) {
                INFO(line);
                const bool deep = line.find("+6") != std::string::npos;  // what stands too deep may be wider
                CHECK((deep || text::width_of(line) <= width));
            }
        }
    }
    CHECK(drawn(0, false).find("\n|-o 1 turn  000000000000  2025-06-30T12:00:00Z  another-model  first") !=
          std::string::npos);
    CHECK(drawn(80, true).find("\n│ └─thread 2 (main)") != std::string::npos);
    CHECK(drawn(40, false).find("* 1 turn  00000000  first words") != std::string::npos);
}

TEST_CASE("tapes diff tells differences as its golden files say") {
    check_golden("diff-sessions.txt", diff(both("forks-1", "other")));
    auto options = both("forks-1", "other");
    options.json = true;
    check_golden("diff-sessions.json", diff(options));
    options = both("3", "4");
    check_golden("diff-exchanges-bare.txt", diff(options));
    options = both("9", "10");
    check_golden("diff-exchanges.txt", diff(options));
    options.json = true;
    check_golden("diff-exchanges.json", diff(options));
    options.json = false;
    options.stat = true;
    check_golden("diff-exchanges-stat.txt", diff(options));
    options = both("forks-1", "other");
    options.by_lines = true;
    check_golden("diff-lines.txt", diff(options));
    options.stat = true;
    check_golden("diff-stat.txt", diff(options));
    CHECK(diff(both("forks-1", "none of it")).code == 1);
    const auto mixed = diff(both("forks-1", "9"));
    CHECK(mixed.code == 0);
    CHECK(mixed.err == "tapes: session against exchange: their chains are compared\n");
}

TEST_CASE("marks are colours where there are some") {
    std::ostringstream out;
    printer to{out};
    const screen coloured{80, style{true}};
    difference_text text{to, coloured};
    text.write(read::show_difference("one two\nthree\n", "one 2\nthree\n", read::text_unit::words));
    CHECK(out.str() ==
          "\x1b[31m- one \x1b[7mtwo\x1b[m\x1b[31m\x1b[m\n\x1b[32m+ one \x1b[7m"
          "2\x1b[m\x1b[32m\x1b[m\n  three\x1b[m\n");
}

TEST_CASE("the events of an answer are told as its golden files say") {
    exchange_events options;
    options.id = "9";
    check_golden("events.txt", events(options));
    options.json = true;
    check_golden("events.json", events(options));
    options.json = false;
    options.limit = 1;
    check_golden("events-page.txt", events(options));
    options.id = "1";
    CHECK_THROWS_WITH(events(options), Catch::Contains("were not kept"));
    options.id = "77";
    CHECK_THROWS_WITH(events(options), Catch::Contains("no exchange"));
}

}  // namespace tapes::app::tree_diff_test
