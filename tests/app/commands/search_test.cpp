#include "commands/command_run.hpp"
#include "read/told_store.hpp"
#include "screen/marked_text.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/text/width.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <regex>
#include <string>

namespace tapes::app::search_test {

namespace {

using read::test::call_block;
using read::test::result_block;
using read::test::said;
using read::test::told_store;
using read::test::turn_options;
using test::ran;

/// Words in several scripts, tools, and what would act on a terminal.
void tell_all(told_store& store) {
    turn_options options;
    options.session = "6f1d2c3b-work";
    const auto ask = said("user", "Fix the parser: std::move of a moved-from value.\n\n\tSee café notes");
    const merkle::message look{
        "assistant", {call_block("call-000000001", "Bash", R"({"command":"grep -rn parser src"})")}};
    auto failed =
        result_block("call-000000001", "grep: parser: no such file\n" + std::string(400, 'x') + " parser");
    failed.is_error = true;
    store.tell({ask}, look, options);
    store.tell({ask, look, {"tool", {failed}}}, said("assistant", "The parser is not there."), options);
    options.session = "cjk";
    std::string japanese;
    for (int i = 0; i < 8; ++i) {
        japanese += "日本語のデータベースを開けません。";
    }
    store.tell({said("user", japanese + "parser 語彙" + japanese)}, said("assistant", "한국어 parser 검색"),
               options);
    options.session = "rtl";
    store.tell({said("user", "تعذر فتح ملف parser بسبب خطأ غير معروف")},
               said("assistant", "לא ניתן לפתוח parser"), options);
    options.session = "hostile\x1b]0;x\x07";
    std::string evil = "\x1b[31mred \xe2\x80\xae drawkcab parser \xff 👩‍👩‍👧 e\xcc\x81 ";
    evil.push_back('\0');
    store.tell({said("user", evil + "\r\x1b]0;title\x07 parser\x1b[2J")},
               said("assistant", "\x1b[1mbold parser"), options);
}

const told_store& example() {
    static const auto made = [] {
        auto store = std::make_unique<told_store>();
        tell_all(*store);
        store->end_writer();  // it outlives the test, and other tests send signals to the process
        return store;
    }();
    return *made;
}

ran search(const record_search& options, bool text = true) {
    auto settings = test::settings_of(example().path());
    settings.catalogue.text = text;
    return test::run(settings, [&](const auto& with, auto& out, auto& err) {
        return search_record(with, options, out, err);
    });
}

record_search of(std::vector<std::string> words) {
    record_search made;
    made.words = std::move(words);
    return made;
}

/// When nodes were stored is not chosen by the test, and what a score is depends on it.
std::string without_clock(std::string text) {
    text = std::regex_replace(text, std::regex{R"(\d{4}-\d\d-\d\d \d\d:\d\d)"}, "YYYY-MM-DD hh:mm");
    text = std::regex_replace(text, std::regex{R"("created_at":"[^"]*")"}, R"("created_at":"…")");
    return std::regex_replace(text, std::regex{R"(("score":\d+\.\d\d)\d*)"}, "$1…");
}

void check_golden(const std::string& name, const ran& done, bool coloured = false) {
    test::check_golden(name, done, without_clock(done.out), coloured);
}

}  // namespace

TEST_CASE("tapes search tells what was found as its golden files say") {
    auto options = of({"parser"});
    const auto plain = search(options);
    check_golden("search.txt", plain);
    CHECK(plain.out.find('\x1b') == std::string::npos);
    options.flat = options.newest = true;
    check_golden("search-flat.txt", search(options));
    options.json = true;
    const auto json = search(options);
    check_golden("search.json", json);
    CHECK(json.out.find('\x1b') == std::string::npos);
    options = of({"parser", "OR", "語"});
    options.screen.colour = colour_choice::always;
    options.session = "cjk";
    check_golden("search-colour.txt", search(options), true);
    options = of({"parser"});
    options.tool = "Bash";
    options.errors = true;
    check_golden("search-errors.txt", search(options));
    options = of({"parser"});
    options.parts = {"arguments"};
    options.limit = 1;
    check_golden("search-part.txt", search(options));
}

TEST_CASE("tapes search goes on where an earlier one ended") {
    auto options = of({"parser"});
    options.newest = options.json = true;
    options.limit = 0;
    const auto all = search(options).out;
    CHECK(std::count(all.begin(), all.end(), '\n') == 11);
    std::string parts;
    options.limit = 3;
    while (true) {
        const auto some = search(options);
        REQUIRE(some.code == 0);
        std::smatch next;
        const auto end = some.out.rfind("{\"type\":\"end\"");
        parts += some.out.substr(0, end);
        const auto last = some.out.substr(end);
        if (!std::regex_search(last, next, std::regex{"\"next\":\"([^\"]*)\""})) {
            parts += last;
            break;
        }
        options.after = next[1];
    }
    CHECK(parts == all);
}

TEST_CASE("tapes search says what it does not find, and what is wrong") {
    CHECK(search(of({"zebra"})).code == 1);
    CHECK(search(of({"zebra"})).err == "tapes: nothing was found\n");
    CHECK(search(of({"zebra"})).out.empty());
    auto options = of({"zebra"});
    options.json = true;
    CHECK(search(options).out.empty());
    CHECK_THROWS_WITH(search(of({"modle:x"})), Catch::Contains("there is no filter modle:"));
    CHECK_THROWS_AS(search(of({"-x"})), usage_error);
    CHECK_THROWS_AS(search(of({"..."})), usage_error);
    options = of({"parser"});
    options.parts = {"nonsense"};
    CHECK_THROWS_AS(search(options), usage_error);
    options.parts = {};
    options.after = "nonsense";
    CHECK_THROWS_AS(search(options), usage_error);
    options.after = "";
    options.since = "soon";
    CHECK_THROWS_AS(search(options), usage_error);
    const auto off = search(of({"parser"}), false);
    CHECK(off.code == 1);
    CHECK(off.err ==
          "tapes: there is no text index: set catalogue.text to true (the default), and it is made with the "
          "next "
          "command\n");
    CHECK(search(of({"parser"})).code == 0);
}

TEST_CASE("marked text is broken between words, and keeps its marks") {
    marked_text text;
    text.add("one two ", false);
    text.add("three  four", true);
    text.add("\nfive", false);
    using line = std::vector<marked_run>;
    using all_lines = std::vector<line>;
    CHECK(text.lines(0, 3) == all_lines{line{{"one two ", false}, {"three four", true}, {" five", false}}});
    CHECK(text.lines(9, 3) ==
          all_lines{line{{"one two", false}}, line{{"three", true}}, line{{"four", true}, {" five", false}}});
    CHECK(text.lines(9, 1) == all_lines{line{{"one two", false}, {"…", false}}});
    CHECK(text.lines(4, 2) == all_lines{line{{"one", false}}, line{{"two", false}, {"…", false}}});
    marked_text wide;
    wide.add("日本語の", false);
    wide.add("データ", true);
    marked_text close;
    close.add("parse(", false);
    close.add("parser", true);
    close.add(");", false);
    CHECK(close.lines(10, 9) == all_lines{line{{"parse(", false}}, line{{"parser", true}, {");", false}}});
    for (const std::size_t width : {1U, 2U, 3U, 5U, 8U}) {
        for (const auto& one : wide.lines(width, 100)) {
            std::size_t used = 0;
            for (const auto& run : one) {
                used += text::width_of(run.text);
            }
            CHECK((used <= width || one.front().text.size() == 3));
        }
    }
}

}  // namespace tapes::app::search_test
