#include "support.hpp"

#include <tapes/store/exchange_view.hpp>

#include <catch2/catch.hpp>

namespace tapes::store::exchange_view_test {

using namespace tapes::store;
using namespace tapes::store::test;

TEST_CASE("an exchange is named by its place, or by four digits of its UUID and more") {
    temporary_store where;
    open_store open{where};
    for (std::uint8_t last = 1; last < 3; ++last) {
        auto made = make_turn({"ping " + std::to_string(last), "pong"});
        made->exchange->id = {0x01, 0x97, 0xc1, 0, 0, 0, 0x70, 0, 0x80};
        made->exchange->id[15] = last;
        REQUIRE(open.commit(std::move(made)));
    }
    exchange_view from{where.path()};
    struct row {
        const char* name;
        std::size_t found;
    };
    for (const auto& [name, found] :
         {row{"1", 1}, row{"2", 1}, row{"3", 0}, row{"0", 0}, row{"00", 0}, row{"01", 0}, row{"019", 0},
          row{"01-9", 0}, row{"0197", 2}, row{"0197c1", 2}, row{"0197c100-0000-7000-8000-000000000002", 1},
          row{"0198", 0}, row{"x", 0}, row{"", 0}}) {
        CAPTURE(name);
        CHECK(from.find(name).size() == found);
    }
}

}  // namespace tapes::store::exchange_view_test
