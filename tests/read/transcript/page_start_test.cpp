#include "told_store.hpp"

#include <tapes/read/transcript_page.hpp>

#include <catch2/catch.hpp>

namespace tapes::read::page_start_test {

using namespace test;

TEST_CASE("the place of a page is read back, and nothing else is") {
    const auto start = page_start_from("12-3-40");
    REQUIRE(start);
    CHECK(start->head == 12);
    CHECK(start->turn == 3);
    CHECK(start->behind == 40);
    for (const auto* const text : {"", "12", "12-3", "12-3-", "12-3-4-5", "0-3-4", "12-0-4", "-1-3-4",
                                   "12-3--4", " 12-3-4", "12-3-4 ", "a-b-c", "99999999999999999999-1-0"}) {
        CAPTURE(text);
        CHECK_FALSE(page_start_from(text));
    }
}

TEST_CASE("a transcript goes on in the chain it was left in, and in no other thread's") {
    told_store store;
    const auto asked = said("user", "one");
    store.tell({asked}, said("assistant", "1"));
    store.tell({asked}, said("assistant", "2"));
    store.tell({said("user", "of another tree")}, said("assistant", "3"));
    const price_table prices;
    sources from{store.path(), "", prices};
    const auto goes_on = [&](std::int64_t session, std::int64_t head) {
        transcript_request request;
        request.session = session;
        request.head = 3;
        const bool taken = go_on_at(from, {head, 1, 0}, request);
        CHECK(request.head == (taken ? head : 3));
        return taken;
    };
    CHECK(goes_on(1, 3));
    CHECK(goes_on(1, 2));
    CHECK_FALSE(goes_on(1, 5));
    CHECK_FALSE(goes_on(1, 99));
    // A chain is asked for by its last node.
    CHECK(goes_on(0, 3));
    CHECK_FALSE(goes_on(0, 2));
}

}  // namespace tapes::read::page_start_test
