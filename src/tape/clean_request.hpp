#pragma once

#include <tapes/http/redaction.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/mock/answer_source.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::tape {

/// A request as it would be recorded: its content codings undone, its credentials replaced.
struct clean_request {
    std::string method;
    std::string path;
    std::string query;              ///< its parameters in alphabetical order
    const llm::api* api = nullptr;  ///< null: it asks for no turn
    bool on_websocket = false;
    std::string body;
    std::uint64_t wire_bytes = 0;  ///< of the body as it came
};

/// Makes it of a request that was read. A first segment of the path that is one of `keys` is left out.
clean_request clean(const mock::asked& from, const http::redactor& redactor,
                    const std::vector<std::string>& keys);

/// Returns a target's path, and its query with the parameters in alphabetical order.
struct split_target {
    std::string path, query;
};
split_target split(std::string_view target);

/// Tells whether one path ends with the other, segment by segment, so that `/v1/models` is what was recorded
/// as
/// `/models` behind another base URL.
bool same_path(std::string_view left, std::string_view right) noexcept;

}  // namespace tapes::tape
