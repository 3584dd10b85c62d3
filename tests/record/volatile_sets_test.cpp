#include <tapes/record/volatile_sets.hpp>

#include <catch2/catch.hpp>

namespace tapes::record::volatile_sets_test {

using namespace tapes::record;
using sets = std::vector<std::vector<std::string>>;

TEST_CASE("sets of volatile patterns are remembered once each, in the order in which they came") {
    CHECK(volatile_sets("").empty());
    CHECK(with_volatile_set("", {}).empty());
    auto note = with_volatile_set("", {"^a$", "b  "});
    note = with_volatile_set(note, {"^c$"});
    CHECK(with_volatile_set(note, {"^a$", "b  "}) == note);
    CHECK(with_volatile_set(note, {}) == note);
    CHECK(volatile_sets(note) == sets{{"^a$", "b  "}, {"^c$"}});
    CHECK(volatile_sets(with_volatile_set(note, {"^a$"})) == sets{{"^a$", "b  "}, {"^c$"}, {"^a$"}});
}

TEST_CASE("a pattern that is empty or holds a line end is remembered as one that matches the same") {
    const auto note = with_volatile_set("", {"", "a\n\nb"});
    CHECK(volatile_sets(note) == sets{{"(?:)", "a\\n\\nb"}});
    CHECK(with_volatile_set(note, {"", "a\n\nb"}) == note);
}

TEST_CASE("an exchange may have been recorded under the present patterns, earlier ones or none") {
    const auto note = with_volatile_set(with_volatile_set("", {"^a$"}), {"^b$"});
    CHECK(possible_volatile_sets("", {}) == sets{{}});
    CHECK(possible_volatile_sets("", {"^c$"}) == sets{{"^c$"}, {}});
    CHECK(possible_volatile_sets(note, {}) == sets{{}, {"^a$"}, {"^b$"}});
    CHECK(possible_volatile_sets(note, {"^b$"}) == sets{{"^b$"}, {"^a$"}, {}});
}

}  // namespace tapes::record::volatile_sets_test
