#include <tapes/tape/tolerance.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::tape::tolerance_test {
namespace {

/// Two texts that differ only in what one row is about.
struct pair_of_texts {
    std::string row;
    std::string recorded;
    std::string asked;
};

const std::vector<pair_of_texts>& pairs() {
    static const std::vector<pair_of_texts> all{
        {"git-status", "You are here.\ngitStatus: On branch main\n M a.txt",
         "You are here.\ngitStatus: clean"},
        {"git-status", "<git_status>On branch a</git_status> go",
         "<git_status>On branch b\n?? x</git_status> go"},
        {"git-status", "Current branch: main\nGo on.", "Current branch: feature/x\nGo on."},
        {"git-status", "Status:\n M src/a.cpp\nDone.", "Status:\n?? notes.txt\nDone."},
        {"temporary-paths", "open /tmp/tapes-ab12/x.txt now", "open /tmp/tapes-zz99/deep/y.txt now"},
        {"temporary-paths", "in /private/var/folders/k1/T/a", "in /var/folders/zz/T/b"},
        {"temporary-paths", R"(in C:\Users\me\AppData\Local\Temp\a1)",
         R"(in C:\Users\me\AppData\Local\Temp\b2\c)"},
        {"working-directories", "Working directory: /home/a/work\nread /home/a/work/README.md",
         "Working directory: /srv/b\nread /srv/b/README.md"},
        {"working-directories", "<cwd>/home/a/work</cwd> ls /home/a/work/src", "<cwd>/b</cwd> ls /b/src"},
        {"uuids", "session 0191e9a2-7c1b-7d3e-8f4a-0123456789ab",
         "session FFFFE9A2-7c1b-4d3e-8f4a-ffff56789abc"},
        {"ids", "call call_abcDEF1234567 done", "call call_zzz999888777-x done"},
        {"ids", "trace 0123456789abcdef0123", "trace fedcba98765432100000ffff"},
        {"ids", "Chunk ID: 7789ef\nok", "Chunk ID: a4ce73\nok"},
        {"ids", "toolu_abcdefghijklmnopqrst", "toolu_ABCDEFGHIJKLMNOPQRST"},
        {"process-ids", "Process Group PGID: 22725", "Process Group PGID: 4"},
        {"process-ids", "Background PIDs: 12, 345\nok", "Background PIDs: 7\nok"},
        {"commits", "HEAD is now at 1a2b3c4 fix", "HEAD is now at 9f8e7d6c5b4 fix"},
        {"commits", "1a2b3c4 first\n2b3c4d5 second", "aaaaaaa first\nbbbbbbb second"},
        {"dates", "Today is 2026-01-31.", "Today is 2027-12-01."},
        {"dates", "at 2026-01-31T12:00:00.123Z it", "at 2026-02-01 09:08 it"},
        {"dates", "Today's date: Saturday, January 31, 2026", "Today's date: Mon, Feb 2, 2026"},
        {"dates", "Date: Sat, 31 Jan 2026 12:00:00 GMT", "Date: Sun, 1 Feb 2026 00:00:01 GMT"},
        {"dates", "Sat Jan 31 12:00:00 UTC 2026", "Sun Feb  1 01:02:03 CET 2026"},
        {"dates", "on 1/31/2026", "on 12/1/2026"},
        {"times", "it is 9:30 AM", "it is 14:05:59"},
        {"times", "at 1767225600 it", "at 1893456000123 it"},
        {"durations", "1 passed in 0.02s", "1 passed in 13.5 seconds"},
        {"durations", "took 340ms", "took 12 ms"},
        {"ports", "listening on 127.0.0.1:40123", "listening on 127.0.0.1:5555"},
        {"ports", "open http://localhost:3000/x", "open http://localhost:51234/x"},
    };
    return all;
}

std::string without(const tolerance& past, const std::string& text) {
    directory_list known;
    past.learn(text, known);
    return past.apply(text, known);
}

/// All usual rows but one.
tolerance all_but(const std::string& left_out) {
    tolerance_choice choice;
    for (const auto& row : tolerance_rows()) {
        if (row.usual && row.name != left_out) {
            choice.names.emplace_back(row.name);
        }
    }
    return tolerance{choice};
}

TEST_CASE("each row of the tolerance looks past what it is about, and nothing else does") {
    const tolerance usual{{}};
    for (const auto& [row, recorded, asked] : pairs()) {
        CAPTURE(row, recorded, asked);
        CHECK(without(usual, recorded) == without(usual, asked));
        const tolerance alone{{{row}, {}}};
        CHECK(without(alone, recorded) == without(alone, asked));
        const auto rest = all_but(row);
        CHECK(without(rest, recorded) != without(rest, asked));
    }
}

TEST_CASE("each usual row has an example") {
    for (const auto& row : tolerance_rows()) {
        CAPTURE(row.name);
        const bool tried =
            std::any_of(pairs().begin(), pairs().end(), [&](const auto& one) { return one.row == row.name; });
        CHECK(tried == row.usual);
        CHECK_FALSE(row.about.empty());
    }
}

TEST_CASE("texts that say something else stay different") {
    const tolerance usual{{}};
    const std::vector<std::pair<std::string, std::string>> different{
        {"What is the weather in Paris?", "What is the weather in Rome?"},
        {"add 2 and 3", "add 2 and 4"},
        {"A dog barks", "A cat sleeps"},
        {"read README.md", "read LICENSE"},
        {"test session_manager_module", "test session_factory_module"},
        {"open file_descriptor_table", "open file_allocation_table"},
        {"see file_v2_final_copy", "see file_v3_final_copy"},
        {"the task id is complete", "the task id is deleted"},
        {"version 1.2.3", "version 1.2.4"},
        {"may I go", "march on"},
        {"face it", "decade"},
        {"/home/me/a.txt", "/home/me/b.txt"},
        {"sum: 17", "sum: 18"},
    };
    for (const auto& [left, right] : different) {
        CAPTURE(left, right);
        CHECK(without(usual, left) != without(usual, right));
    }
}

TEST_CASE("nothing is looked past where none is chosen") {
    const tolerance none{{{"none"}, {}}};
    CHECK(none.empty());
    for (const auto& [row, recorded, asked] : pairs()) {
        CHECK(without(none, recorded) == recorded);
    }
}

TEST_CASE("patterns of one's own are looked past, of a group only what it holds") {
    const tolerance own{{{"none"}, {"ticket-[0-9]+", "build ([a-z]+)!"}}};
    CHECK(without(own, "see ticket-12 now") == without(own, "see ticket-9876 now"));
    CHECK(without(own, "build abc! 2026-01-31") == without(own, "build xyz! 2026-01-31"));
    CHECK(without(own, "build abc! 2026-01-31") != without(own, "build abc! 2026-01-30"));
}

TEST_CASE("the model is looked past only where that is chosen") {
    CHECK_FALSE(tolerance{{}}.has("model"));
    CHECK(tolerance{{{"usual", "model"}, {}}}.has("model"));
    CHECK(tolerance{{{"usual", "model"}, {}}}.has("dates"));
    CHECK_FALSE(tolerance{{{"model"}, {}}}.has("dates"));
}

TEST_CASE("a wrong name or pattern is refused with what would be right") {
    CHECK_THROWS_WITH((tolerance{{{"date"}, {}}}), Catch::Contains("dates, ports"));
    CHECK_THROWS_WITH((tolerance{{{}, {"(["}}}), Catch::Contains("is no pattern of RE2"));
    CHECK_THROWS_AS((tolerance{{{"none", "dates"}, {}}}), std::invalid_argument);
}

TEST_CASE("what was looked past is named") {
    const tolerance usual{{}};
    std::uint64_t used = 0;
    (void)usual.apply("on 2026-01-31 by 0191e9a2-7c1b-7d3e-8f4a-0123456789ab", {}, &used);
    CHECK(tolerance::names_of(used) == "uuids, dates");
    used = 0;
    (void)tolerance{{{"none"}, {"x+"}}}.apply("xxx", {}, &used);
    CHECK(tolerance::names_of(used) == "patterns of your own");
}

TEST_CASE("any bytes are looked through, in time linear in them") {
    const tolerance usual{{{}, {""}}};
    const std::string odd{"\xff\x00 2026-01-31 \xc3", 15};
    CHECK(without(usual, odd).find("2026") == std::string::npos);
    std::string many;
    for (int i = 0; i < 20000; ++i) {
        many += "2026-01-31 /tmp/a cwd: /x" + std::to_string(i) + "\n";
    }
    directory_list known;
    usual.learn(many, known);
    CHECK(known.size() == tolerance::most_directories);
    CHECK(usual.apply(many, known).size() < many.size() * 4);
}

}  // namespace
}  // namespace tapes::tape::tolerance_test
