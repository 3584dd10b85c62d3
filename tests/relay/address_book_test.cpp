#include "address_book.hpp"

#include <boost/asio/ip/address.hpp>
#include <catch2/catch.hpp>

namespace tapes::relay::address_book_test {

namespace {

endpoints of(const std::vector<std::string>& addresses) {
    endpoints all;
    for (const auto& one : addresses) {
        all.emplace_back(boost::asio::ip::make_address(one), 443);
    }
    return all;
}

}  // namespace

TEST_CASE("addresses are tried in the order of the name, the families in turn, each once") {
    struct row {
        std::vector<std::string> found;
        std::vector<std::string> tried;
    };
    const row rows[] = {
        {{}, {}},
        {{"10.0.0.1"}, {"10.0.0.1"}},
        {{"10.0.0.1", "10.0.0.2"}, {"10.0.0.1", "10.0.0.2"}},
        {{"::1", "10.0.0.1"}, {"::1", "10.0.0.1"}},
        {{"2001:db8::1", "2001:db8::2", "2001:db8::3", "10.0.0.1", "10.0.0.2"},
         {"2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2", "2001:db8::3"}},
        {{"10.0.0.1", "2001:db8::1", "10.0.0.2"}, {"10.0.0.1", "2001:db8::1", "10.0.0.2"}},
        {{"10.0.0.1", "10.0.0.1", "::1", "10.0.0.1"}, {"10.0.0.1", "::1"}},
    };
    const address_book none;
    for (const auto& one : rows) {
        CHECK(none.in_order("http://x:443", of(one.found), {}) == of(one.tried));
    }
}

TEST_CASE(
    "the address that answered last is tried first, for its own origin, a while and where it is still one") {
    address_book known;
    const steady_time now{};
    const auto found = of({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
    known.remember("http://x:443", found[2], now);
    CHECK(known.in_order("http://x:443", found, now) == of({"10.0.0.3", "10.0.0.1", "10.0.0.2"}));
    CHECK(known.in_order("http://y:443", found, now) == found);
    CHECK(known.in_order("http://x:443", of({"10.0.0.1"}), now) == of({"10.0.0.1"}));
    CHECK(known.in_order("http://x:443", {}, now).empty());
    CHECK(known.in_order("http://x:443", found, now + std::chrono::minutes{11}) == found);
    known.remember("http://x:443", found[1], now);
    CHECK(known.in_order("http://x:443", found, now) == of({"10.0.0.2", "10.0.0.1", "10.0.0.3"}));
}

}  // namespace tapes::relay::address_book_test
