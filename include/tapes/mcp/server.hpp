#pragma once

#include <tapes/mcp/tool.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::mcp {

/// What a server says of itself.
struct server_about {
    std::string name, title, version;
    std::string instructions;  ///< for the model of the client
    std::vector<tool> tools;
    /// Makes a text that nobody can foresee, of letters and digits: what stands between two such marks is
    /// from the record.
    std::function<std::string()> new_mark;
};

/// A call of a tool that is to be answered.
struct tool_call {
    std::uint64_t number = 0;  ///< of this server
    std::string tool;          ///< one of its tools
    ordered_json arguments;    ///< an object
};

/// Lines longer than this are not read: no request of a client comes near it.
inline constexpr std::size_t longest_line = std::size_t{1} << 20;

/// The server's end of the Model Context Protocol (https://modelcontextprotocol.io/specification), on lines
/// of JSON-RPC 2.0. It speaks the revision 2026-07-28, in which each request says its version, and those with
/// a handshake: 2025-11-25, 2025-06-18, 2025-03-26 (with batches) and 2024-11-05. It does no I/O and waits
/// for nothing. One thread at a time.
class server {
public:
    explicit server(server_about about);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// What a line leads to.
    struct outcome {
        std::vector<std::string> lines;  ///< to be sent, each without its newline
        std::vector<tool_call> calls;    ///< to be made, in this order, and given to `finish`
    };
    outcome take(std::string_view line);
    /// A line was longer than `longest_line`, and left out.
    outcome take_too_long();

    /// The client does not want the answer any more: the call need not be made, or may be broken off.
    bool is_cancelled(std::uint64_t call) const;
    /// Returns the line to be sent for a call that was made, or was cancelled; "": none.
    std::string finish(std::uint64_t call, const tool_result& result);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::mcp
