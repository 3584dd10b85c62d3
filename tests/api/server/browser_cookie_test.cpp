#include "server/browser_cookie.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::api::browser_cookie_test {

using namespace std::chrono_literals;

namespace {

const browser_cookie::clock::time_point noon{std::chrono::seconds{1'800'000'000}};

request with_cookies(const std::string& host, const std::string& cookies) {
    return {"GET", "/", "", {{"Host", host}, {"Cookie", cookies}}};
}

}  // namespace

TEST_CASE("a cookie is good until it ends, for every process that has the token") {
    const browser_cookie here{"token"};
    const auto value = here.make(noon + 1h);
    CHECK(here.is_good(value, noon));
    CHECK(here.is_good(value, noon + 1h - 1s));
    CHECK_FALSE(here.is_good(value, noon + 1h));
    CHECK(browser_cookie{"token"}.is_good(value, noon));
    CHECK_FALSE(browser_cookie{"another token"}.is_good(value, noon));
    CHECK(here.make(noon + 1h) != value);
    CHECK(value.find("token") == std::string::npos);
}

TEST_CASE("no cookie is good for longer than seven days") {
    const browser_cookie here{"token"};
    CHECK(here.is_good(here.make(noon + 168h), noon));
    CHECK_FALSE(here.is_good(here.make(noon + 169h), noon));
}

TEST_CASE("a cookie of which one character differs is not good") {
    const browser_cookie here{"token"};
    const auto value = here.make(noon + 1h);
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto changed = value;
        changed[i] = changed[i] == '0' ? '1' : '0';
        CHECK_FALSE(here.is_good(changed, noon));
        if (value[i] >= 'a') {
            changed[i] = static_cast<char>(value[i] - 0x20);
            CHECK_FALSE(here.is_good(changed, noon));
        }
    }
    for (const auto& wrong : {std::string{}, value.substr(1), value + "0", std::string(value.size(), '.')}) {
        CHECK_FALSE(here.is_good(wrong, noon));
    }
}

TEST_CASE("a cookie is known by the port of the Host") {
    const browser_cookie here{"token"};
    const auto value = here.make(noon + 1h);
    const auto admits = [&](const std::string& host, const std::string& cookies) {
        return here.admits(with_cookies(host, cookies), noon);
    };
    CHECK(admits("127.0.0.1:8081", "tapes-8081=" + value));
    CHECK(admits("[::1]:8081", "a=b; tapes-8081=" + value + "; c=d"));
    CHECK(admits("localhost", "tapes=" + value));
    CHECK(admits("127.0.0.1:8081", "tapes-8081=x; tapes-8081=" + value));
    CHECK_FALSE(admits("127.0.0.1:8082", "tapes-8081=" + value));
    CHECK_FALSE(admits("127.0.0.1:8081", "xtapes-8081=" + value));
    CHECK_FALSE(admits("127.0.0.1:8081", value));
    std::string many;
    for (int i = 0; i < 8; ++i) {
        many += "tapes-8081=x; ";
    }
    CHECK_FALSE(admits("127.0.0.1:8081", many + "tapes-8081=" + value));
    CHECK(browser_cookie::name_for("[::1]") == "tapes");
    CHECK(browser_cookie::name_for("h:12345678") == "tapes");
    CHECK(browser_cookie::set_cookie("h:1", "v") ==
          "tapes-1=v; Max-Age=604800; Path=/; HttpOnly; SameSite=Strict");
    CHECK(browser_cookie::set_cookie("h:1", "") == "tapes-1=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
}

}  // namespace tapes::api::browser_cookie_test
