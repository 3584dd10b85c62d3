#include "commands/page_path.hpp"

#include <catch2/catch.hpp>

namespace tapes::app::page_path_test {

TEST_CASE("the page has a path for each thing that has a name") {
    const auto path = [](read::named_kind kind, const char* name) {
        return page_path({kind, 1, name, 0, ""});
    };
    CHECK(path(read::named_kind::session, "early morning/../x?y#z") == "/s/early%20morning%2F..%2Fx%3Fy%23z");
    CHECK(path(read::named_kind::exchange, "01890a5d") == "/x/01890a5d");
    CHECK(path(read::named_kind::node, "3f2a") == "/n/3f2a");
}

}  // namespace tapes::app::page_path_test
