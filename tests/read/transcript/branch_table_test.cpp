#include "told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/read/tree.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tapes::read::branch_table_test {

using namespace test;

TEST_CASE("of a great many branches the first 1,000 are told, and all of them in a tree") {
    constexpr std::size_t answers = 1'050;
    told_store store;
    for (std::size_t i = 0; i < answers; ++i) {
        store.tell({said("user", "the same question")}, said("assistant", "answer " + std::to_string(i)));
    }
    catalogue::catch_up({store.path(), true}, [](const catalogue::progress&) { return true; });
    const price_table prices;
    sources from{store.path(), catalogue::path_of(store.path()), prices};
    const auto session = from.catalogue->sessions({}, 1).at(0);
    const auto thread = from.catalogue->threads(session.id).at(0);
    transcript_request request;
    request.session = session.id;
    request.thread = thread.id;
    request.head = session.head;
    std::vector<std::size_t> told;
    std::uint64_t not_told = 0;
    std::size_t retries = 0;
    transcript page{from, request};
    while (const auto one = page.next()) {
        if (const auto* const fork = std::get_if<branches>(&*one)) {
            told.push_back(fork->others.size());
            not_told += fork->more;
            retries += static_cast<std::size_t>(
                std::ranges::count(fork->others, catalogue::fork_cause::retry, &branches::branch::cause));
            CHECK(fork->here == catalogue::fork_cause::retry);
        }
    }
    CHECK(told == std::vector<std::size_t>{1'000});
    CHECK(not_told == answers - 1 - 1'000);
    CHECK(retries == 999);
    tree_request whole;
    whole.session = session.id;
    tree drawn{from, whole};
    std::size_t leaves = 0;
    while (const auto one = drawn.next()) {
        const auto* const branch = std::get_if<tree_branch>(&*one);
        leaves += branch != nullptr && branch->branches == 0 ? 1 : 0;
    }
    CHECK(leaves == answers);
}

TEST_CASE("a fork of which no branch is looked at says how many leave it") {
    constexpr std::size_t answers = 1'020;
    told_store store;
    const auto asked = said("user", "the same question");
    const auto first = said("assistant", "answer 0");
    for (std::size_t i = 0; i < answers; ++i) {
        store.tell({asked}, said("assistant", "answer " + std::to_string(i)));
    }
    const auto more = said("user", "and then?");
    for (const auto* const answer : {"a", "b", "c"}) {
        store.tell({asked, first, more}, said("assistant", answer));
    }
    catalogue::catch_up({store.path(), true}, [](const catalogue::progress&) { return true; });
    const price_table prices;
    sources from{store.path(), catalogue::path_of(store.path()), prices};
    const auto session = from.catalogue->sessions({}, 1).at(0);
    transcript_request request;
    request.session = session.id;
    request.thread = from.catalogue->threads(session.id).at(0).id;
    request.head = session.head;
    std::vector<std::pair<std::size_t, std::uint64_t>> told;
    transcript page{from, request};
    while (const auto one = page.next()) {
        if (const auto* const fork = std::get_if<branches>(&*one)) {
            told.emplace_back(fork->others.size(), fork->more);
            CHECK(fork->cause == catalogue::fork_cause::retry);
        }
    }
    CHECK(told == std::vector<std::pair<std::size_t, std::uint64_t>>{{1'000, 19}, {0, 2}});
}

}  // namespace tapes::read::branch_table_test
