#include "signature_notice.hpp"

#include <catch2/catch.hpp>

#include <string_view>

namespace tapes::record::signature_notice_test {

using namespace tapes;

TEST_CASE("a signature that AWS refuses is known by the error's type or its text") {
    capture::budget limits{1 << 20, 0};
    const capture::spill_policy spill{{}, 1 << 20};
    capture::exchange refused{limits, spill};
    refused.status = 403;
    const auto told = [&](std::string_view head, std::string_view body) {
        refused.response_head = head;
        return is_refused_signature(refused, body);
    };
    CHECK(told("HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: InvalidSignatureException:http://x\r\n", "{}"));
    CHECK(told(
        "HTTP/1.1 403 Forbidden\r\n",
        R"({"message":"The request signature we calculated does not match the signature you provided."})"));
    CHECK_FALSE(
        told("HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: AccessDeniedException\r\n", R"({"message":"no"})"));
    refused.status = 200;
    CHECK_FALSE(told("HTTP/1.1 200 OK\r\n", "InvalidSignatureException"));
}

}  // namespace tapes::record::signature_notice_test
