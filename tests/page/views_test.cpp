#include <tapes/page/views.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace tapes::page::views_test {

namespace {

/// The names in the page's own table.
std::vector<std::string> names_of_page() {
    std::ifstream file{TAPES_TEST_DATA "/../../web/src/route.ts"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::smatch table;
    if (!std::regex_search(text, table, std::regex{R"(firstSegments = \[([^\]]*)\])"})) {
        return {};
    }
    const auto list = table[1].str();
    const std::regex name{R"re("([^"]*)")re"};
    std::vector<std::string> names;
    for (std::sregex_iterator at{list.begin(), list.end(), name}; at != std::sregex_iterator{}; ++at) {
        names.push_back((*at)[1].str());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

TEST_CASE("what the server takes for views are the views of the page") {
    const auto names = view_names();
    CHECK(std::ranges::is_sorted(names));
    CHECK(std::vector<std::string>(names.begin(), names.end()) == names_of_page());
}

}  // namespace tapes::page::views_test
