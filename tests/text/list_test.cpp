#include <tapes/text/list.hpp>

#include <catch2/catch.hpp>

namespace tapes::text::list_test {

TEST_CASE("a list has a comma between each two parts") {
    CHECK(comma_list({}).empty());
    CHECK(comma_list({"a"}) == "a");
    CHECK(comma_list({"a", "b", "c"}) == "a,b,c");
}

TEST_CASE("elements are taken from the front without their blanks") {
    std::string_view list = " a ,\tb;c,, d";
    CHECK(take_element(list) == "a");
    CHECK(take_element(list) == "b;c");
    CHECK(take_element(list).empty());
    CHECK(take_element(list) == "d");
    CHECK(list.empty());
    list = "x; y";
    CHECK(take_element(list, ';') == "x");
    CHECK(take_element(list, ';') == "y");
}

}  // namespace tapes::text::list_test
