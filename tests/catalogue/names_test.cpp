#include <tapes/catalogue/names.hpp>

#include <catch2/catch.hpp>

namespace tapes::catalogue::names_test {

TEST_CASE("what a catalogue tells has names") {
    CHECK(to_string(outcome::cut) == "cut");
    CHECK(to_string(thread_kind::subagent) == "subagent");
    CHECK(to_string(fork_cause::edit) == "edit");
}

}  // namespace tapes::catalogue::names_test
