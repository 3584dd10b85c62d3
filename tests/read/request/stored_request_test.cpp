#include "request/stored_request.hpp"

#include "read/told_store.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::read::stored_request_test {

namespace {

/// The requests of a store of `count` exchanges that are still remembered when all were read.
std::size_t remembered(int count, int messages) {
    test::told_store store;
    test::turn_options options;
    options.response_head = "HTTP/1.1 200 OK\r\n";
    options.request = R"({"model":"a","messages":[{"role":"user","content":"0"})";
    for (int i = 1; i < messages; ++i) {
        options.request += R"(,{"role":"user","content":"1"})";
    }
    options.request += "]}";
    for (int i = 0; i < count; ++i) {
        store.tell({test::said("user", "q")}, test::said("assistant", std::to_string(i)), options);
    }
    const price_table prices;
    sources from{store.path(), "", prices};
    stored_requests requests{from};
    std::vector<std::weak_ptr<const stored_request>> all;
    for (int seq = 1; seq <= count; ++seq) {
        const auto made = requests.read(from.find_exchange(seq).value());
        REQUIRE(made);
        CHECK(made->parts.parts.size() > static_cast<std::size_t>(messages));
        all.push_back(made);
    }
    std::size_t left = 0;
    for (const auto& one : all) {
        left += one.expired() ? 0 : 1;
    }
    CHECK_FALSE(all.back().expired());
    return left;
}

}  // namespace

TEST_CASE("as many requests are remembered as take little memory, and never less than two") {
    CHECK(remembered(30, 1) == 24);
    CHECK(remembered(4, 50'000) == 2);
    CHECK(remembered(4, 100'000) == 2);
}

}  // namespace tapes::read::stored_request_test
