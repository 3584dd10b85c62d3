#pragma once

#include <tapes/store/placed.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::store {

/// What tells an exchange from others by its row alone.
struct exchange_outline {
    std::int64_t id = 0;
    bool has_node = false;                      ///< there is a node of its answer
    std::int64_t provider = 0, agent_name = 0;  ///< ids of small strings; 0: the empty one
    std::int64_t method = 0, api = 0;           ///< the same
    // Filled only where it has no node.
    std::string_view path;    ///< valid during the call
    std::string_view target;  ///< what the client asked for, with the query
    int status = 0;
    std::uint64_t request_bytes = 0;
    bool has_bytes = false;  ///< its heads and bodies are kept
};

/// Goes through many exchanges fast. A read-only connection: one thread at a time; holds no read transaction
/// between calls. Throws std::runtime_error with SQLite's message when a query fails.
class exchange_outlines {
public:
    explicit exchange_outlines(const std::string& path);
    ~exchange_outlines();
    exchange_outlines(const exchange_outlines&) = delete;
    exchange_outlines& operator=(const exchange_outlines&) = delete;

    /// Visits exchanges behind `after` in the order of the log, at most `most`. Returns the last one; `after`
    /// where there are none.
    std::int64_t visit(std::int64_t after, std::size_t most,
                       const std::function<void(const exchange_outline&)>& each);
    /// The newest exchange; 0: there is none.
    std::int64_t last();
    /// The text of a small string.
    std::string text(std::int64_t id);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
