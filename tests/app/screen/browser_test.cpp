#include "screen/browser.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::app::browser_test {

using commands = std::vector<std::vector<std::string>>;

TEST_CASE("BROWSER names commands, with a place for the address or without") {
    const std::string address = "http://127.0.0.1:1/s/a%20b#code=0";
    CHECK(browser_commands("firefox", address) == commands{{"firefox", address}});
    CHECK(browser_commands("a --new %s:b  -x", address) ==
          commands{{"a", "--new", address}, {"b", "-x", address}});
    CHECK(browser_commands("a --url=%s", address) == commands{{"a", "--url=" + address}});
    for (const auto* nothing : {"", ":", " : "}) {
        const auto made = browser_commands(nothing, address);
        REQUIRE(made.size() == 1);
        CHECK(made.front().size() == 2);
        CHECK(made.front().back() == address);
    }
}

TEST_CASE("an address is one word, and is looked at by no shell") {
    const std::string address = "http://127.0.0.1:1/s/%s;$(true)' #code=0";
    CHECK(browser_commands("a %s", address) == commands{{"a", address}});
    CHECK(browser_commands("a", address) == commands{{"a", address}});
}

}  // namespace tapes::app::browser_test
