// What a pass costs beyond its rows: FTS5 gathers words in memory, and writes them out at each savepoint.
#include "catalogue_support.hpp"

#include <catch2/catch.hpp>

namespace tapes::catalogue::test {
namespace segments_test {

TEST_CASE("one batch of the log is one segment of the text index") {
    const store::test::temporary_store where;
    {
        open_store store{where};
        recorder to{store};
        for (int number = 0; number < 40; ++number) {
            const auto text = std::to_string(number);
            // Calls, answers, forks and threads: each kind of row that a turn may bring.
            REQUIRE(to.record(
                "session-" + std::to_string(number / 4),
                {{"system", "You help."},
                 {"user", "Question " + std::to_string(number / 2)},
                 {"assistant", {call("id-" + text, "shell", R"({"prompt":"find word )" + text + "\"}")}},
                 {"tool", {result("id-" + text, "a result")}},
                 {"assistant", "Answer " + text}}));
        }
    }
    bring_up(where.path());
    sqlite::connection db{path_of(where.path()), SQLITE_OPEN_READONLY};
    CHECK(db.integer("SELECT count(*) FROM exchange") == 40);
    CHECK(db.integer("SELECT count(DISTINCT segid) FROM text_1_idx") == 1);
}

}  // namespace segments_test
}  // namespace tapes::catalogue::test
