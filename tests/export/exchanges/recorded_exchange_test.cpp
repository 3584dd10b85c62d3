#include "exchanges/recorded_exchange.hpp"

#include <catch2/catch.hpp>

namespace recorded_exchange_test {

using namespace tapes;
using namespace tapes::exports;

TEST_CASE("a head is cut into its fields") {
    const std::string head = "POST /x HTTP/1.1\r\nA: 1 \r\nb:\r\nno field\r\n: x\r\nC: d: e\r\n";
    CHECK(first_line_of(head) == "POST /x HTTP/1.1");
    CHECK(fields_of(head) == head_fields{{"A", "1"}, {"b", ""}, {"C", "d: e"}});
    CHECK(fields_of("").empty());
    CHECK(first_line_of("").empty());
}

TEST_CASE("a URL is that of the upstream, or of the API's maker") {
    store::kept_exchange row;
    row.path = "/v1/messages";
    row.target = "/agents/a/providers/anthropic/v1/messages?x=1";
    row.upstream = "https://api.anthropic.com:443";
    CHECK(url_of(row) == "https://api.anthropic.com/v1/messages?x=1");
    row.upstream = "http://127.0.0.1:8443";
    CHECK(url_of(row) == "http://127.0.0.1:8443/v1/messages?x=1");
    row.upstream.clear();
    row.target.clear();
    row.provider = "anthropic";
    CHECK(url_of(row) == "https://api.anthropic.com/v1/messages");
    row.provider = "other";
    CHECK(url_of(row) == "http://unknown.invalid/v1/messages");
}

}  // namespace recorded_exchange_test
