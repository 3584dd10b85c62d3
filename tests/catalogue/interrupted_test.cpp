#include <tapes/sqlite/connection.hpp>
#include <tapes/text/interruptible.hpp>

#include <catch2/catch.hpp>

#include <functional>

namespace tapes::catalogue::test {
namespace interrupted_test {

TEST_CASE("a statement that reads ends in the midst of it when its thread is told so") {
    constexpr const char* endless =
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    sqlite::connection db{":memory:", SQLITE_OPEN_READONLY};
    int questions = 0;
    const std::function<bool()> goes_on = [&] { return ++questions < 3; };
    {
        const text::interruptible here{goes_on};
        try {
            db.integer(endless);
            FAIL("it has no end");
        } catch (const sqlite::sqlite_error& ended) {
            CHECK(ended.primary() == SQLITE_INTERRUPT);
        }
    }
    CHECK(questions == 3);
    CHECK(db.integer("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000)"
                     " SELECT count(*) FROM c") == 100'000);
    CHECK(questions == 3);
}

}  // namespace interrupted_test
}  // namespace tapes::catalogue::test
