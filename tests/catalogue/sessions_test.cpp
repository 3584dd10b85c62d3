#include "catalogue_support.hpp"

#include <catch2/catch.hpp>

namespace tapes::catalogue::test {
namespace sessions_test {

TEST_CASE("a session has the exchanges that a client names it in, and what they sum up to") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s1", {{"system", "You help."}, {"user", "Fix the parser"}, {"assistant", "Done."}}));
    REQUIRE(to.record("s1", {{"system", "You help."},
                             {"user", "Fix the parser"},
                             {"assistant", "Done."},
                             {"user", "And the tests"},
                             {"assistant", "Also done."}}));
    REQUIRE(to.record("s2", {{"system", "You help."}, {"user", "Something else"}, {"assistant", "Fine."}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    CHECK(from.seq() == 3);
    const auto all = from.sessions({}, 10);
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "s2");
    CHECK(all[1].name == "s1");
    CHECK(all[1].title == "Fix the parser");
    CHECK(all[1].turns == 2);
    CHECK(all[1].threads == 1);
    CHECK(all[1].tokens.input == 6);
    CHECK(all[1].model == "gpt-4o");
    const auto threads = from.threads(all[1].id);
    REQUIRE(threads.size() == 1);
    CHECK(threads[0].kind == thread_kind::main);
    CHECK(from.leaves(threads[0].id).size() == 1);
    CHECK(from.forks(all[1].id).empty());
    CHECK(from.exchanges(all[1].id, 0, 0, 10).size() == 2);
    const auto sums = from.usage({.model = true}, {});
    REQUIRE(sums.size() == 1);
    CHECK(sums[0].turns == 3);
    CHECK(sums[0].tokens.output == 12);
}

}  // namespace sessions_test
}  // namespace tapes::catalogue::test
