#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tapes::capture {

/// How an exchange ended.
enum class end_reason : std::uint8_t {
    complete,
    client_closed,
    upstream_closed,
    upstream_unreachable,
    timeout,
    protocol_error,
    shutdown,
};
inline constexpr std::array<std::string_view, 7> end_reason_names{
    "complete", "client_closed",  "upstream_closed", "upstream_unreachable",
    "timeout",  "protocol_error", "shutdown"};

/// Why an exchange yields no turn, in the order in which they are tried; `none` is a recorded turn.
enum class drop_reason : std::uint8_t {
    none,
    over_budget,
    work_limit,  ///< the work on it was given up; its bytes are kept
    store_error,
    unauthorized,
    tunnel,
    non_turn_request,
    unsupported_api,
    no_response,
    upstream_status,
    request_decode,
    empty_response,
    response_decode,
    stream_error,
    crash,
};
inline constexpr std::array<std::string_view, 15> drop_reason_names{"",
                                                                    "over_budget",
                                                                    "work_limit",
                                                                    "store_error",
                                                                    "unauthorized",
                                                                    "tunnel",
                                                                    "non_turn_request",
                                                                    "unsupported_api",
                                                                    "no_response",
                                                                    "upstream_status",
                                                                    "request_decode",
                                                                    "empty_response",
                                                                    "response_decode",
                                                                    "stream_error",
                                                                    "crash"};

constexpr std::string_view name_of(end_reason value) {
    return end_reason_names[static_cast<std::size_t>(value)];
}
constexpr std::string_view name_of(drop_reason value) {
    return drop_reason_names[static_cast<std::size_t>(value)];
}

}  // namespace tapes::capture
