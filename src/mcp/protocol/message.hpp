#pragma once

#include <tapes/mcp/tool.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::mcp {

/// Codes of JSON-RPC 2.0 (https://www.jsonrpc.org/specification#error_object), and those of MCP 2026-07-28.
enum class error_code : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    unsupported_version = -32022,
};

/// One message of a client.
struct message {
    enum class kind {
        request,
        notification,
        response,  ///< to a request that this server never makes
        invalid,
    };
    kind what = kind::invalid;
    ordered_json id;     ///< of a request; of what is invalid, as far as it could be read, else null
    std::string method;  ///< of a request or notification
    ordered_json params = ordered_json::object();
    std::string problem;  ///< of what is invalid
    error_code code = error_code::invalid_request;
};

/// The messages of one line.
struct line_content {
    bool batch = false;
    std::vector<message> messages;
};

/// Reads a line. What is no JSON, or nested deeper than any request, is one invalid message.
line_content read_line(std::string_view line);

/// Returns a response as one line.
std::string line_of(const ordered_json& message);
ordered_json result_message(const ordered_json& id, ordered_json result);
/// Without an `id` where that is null, as MCP's schema has it.
ordered_json error_message(const ordered_json& id, error_code code, std::string_view text,
                           ordered_json data = nullptr);

}  // namespace tapes::mcp
