#include <tapes/event/choice.hpp>
#include <tapes/event/types.hpp>

#include <catch2/catch.hpp>

namespace tapes::event::choice_test {

using namespace tapes;
using namespace tapes::event;

TEST_CASE("the types of events say what a cursor delivers") {
    const auto all = choice_of(all_types());
    CHECK(all.nodes);
    CHECK(all.exchanges);
    CHECK(all.letters.size() == 3);
    const auto some = choice_of({"tapes.dead_letter.retried.v1"});
    CHECK_FALSE(some.nodes);
    CHECK_FALSE(some.exchanges);
    CHECK(some.letters == std::vector{store::letter_change::retried});
    CHECK_THROWS_WITH(choice_of({"tapes.node.v2"}), Catch::Matchers::Contains("tapes.node.v2"));
}

TEST_CASE("a filter takes what is in each of its lists, and an empty list takes all") {
    turn_filter filter;
    CHECK(filter.empty());
    CHECK(filter.takes("openai", "", "p"));
    filter.agents = {"codex", "claude"};
    CHECK_FALSE(filter.empty());
    CHECK(filter.takes("openai", "claude", "p"));
    CHECK_FALSE(filter.takes("openai", "", "p"));
    filter.projects = {"q"};
    CHECK_FALSE(filter.takes("openai", "claude", "p"));
    CHECK(filter.takes("openai", "claude", "q"));
    filter.providers = {"anthropic"};
    CHECK_FALSE(filter.takes("openai", "claude", "q"));
}

}  // namespace tapes::event::choice_test
