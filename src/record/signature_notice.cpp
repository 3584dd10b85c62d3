#include "signature_notice.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace tapes::record {

bool is_refused_signature(const capture::exchange& refused, std::string_view answer) noexcept {
    if (refused.status != 403) {
        return false;
    }
    // docs.aws.amazon.com, IAM, "Troubleshoot Signature Version 4 signing".
    static constexpr std::array<std::string_view, 3> marks{"InvalidSignatureException",
                                                           "SignatureDoesNotMatch",
                                                           "request signature we calculated does not match"};
    const auto type = http::find_value(refused.response_head, "x-amzn-errortype");
    return std::ranges::any_of(marks, [&](std::string_view one) {
        return type.find(one) != std::string_view::npos || answer.find(one) != std::string_view::npos;
    });
}

void note_refused_signature(const capture::exchange& refused, std::string_view answer) {
    static std::atomic<bool> told{false};
    if (is_refused_signature(refused, answer) && !told.exchange(true)) {
        spdlog::warn(
            "AWS refused a request's signature (Signature Version 4). It signs host and path, so that it "
            "cannot pass "
            "a relay; use a Bedrock API key (AWS_BEARER_TOKEN_BEDROCK), or a gateway behind tapes that "
            "signs");
    }
}

}  // namespace tapes::record
