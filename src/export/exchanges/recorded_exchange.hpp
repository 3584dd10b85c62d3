#pragma once

#include <tapes/read/sources.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::exports {

/// An exchange with its bytes, content codings undone.
struct recorded_exchange {
    store::kept_exchange row;
    bool has_wire = false;  ///< its bytes were kept
    std::string request_head, response_head;
    std::string request, response;
    bool request_decoded = true, response_decoded = true;  ///< false: the coding could not be undone

    /// Whether it is one answer on a WebSocket: its heads are the handshake's.
    bool on_websocket() const noexcept { return !row.api.empty() && row.method == "GET"; }
};

/// Reads one whole; nothing where it is not there any more.
std::optional<recorded_exchange> read_recorded(read::sources& from, std::int64_t seq);

using head_fields = std::vector<std::pair<std::string, std::string>>;

/// The fields of a raw head, without its first line.
head_fields fields_of(std::string_view head);
/// Its first line.
std::string_view first_line_of(std::string_view head) noexcept;

/// Where an exchange went: scheme, host and port of its upstream, path and query. One that is not known is
/// that of the API's maker.
std::string url_of(const store::kept_exchange& row);

}  // namespace tapes::exports
