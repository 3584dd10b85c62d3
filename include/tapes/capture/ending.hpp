#pragma once

#include <algorithm>
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
    unknown_response,  ///< is about an answer whose question is not in the store
    nothing_new,       ///< asks for an earlier answer, of which it brought nothing that is not stored
    answer_fetched,    ///< brought the answer to an earlier question, in whose turn it stands
    answer_cancelled,  ///< ended the making of an earlier answer
    answer_deleted,    ///< had the provider forget an earlier answer
};
inline constexpr std::array<std::string_view, 20> drop_reason_names{"",
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
                                                                    "crash",
                                                                    "unknown_response",
                                                                    "nothing_new",
                                                                    "answer_fetched",
                                                                    "answer_cancelled",
                                                                    "answer_deleted"};

/// Tells whether an exchange yields no turn because it is about the answer of an earlier one, which is none
/// of its failures.
constexpr bool is_about_earlier(drop_reason value) noexcept {
    return value >= drop_reason::unknown_response;
}

/// As above, by its name.
constexpr bool is_about_earlier(std::string_view name) {
    const auto* const known = std::ranges::find(drop_reason_names, name);
    return known != drop_reason_names.end() &&
           is_about_earlier(static_cast<drop_reason>(known - drop_reason_names.begin()));
}

constexpr std::string_view name_of(end_reason value) {
    return end_reason_names[static_cast<std::size_t>(value)];
}
constexpr std::string_view name_of(drop_reason value) {
    return drop_reason_names[static_cast<std::size_t>(value)];
}

}  // namespace tapes::capture
