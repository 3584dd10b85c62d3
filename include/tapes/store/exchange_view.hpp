#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// An exchange as the view `exchanges` has it; text is empty where the view has NULL.
struct seen_exchange {
    std::int64_t seq = 0;
    std::string id;          ///< UUID, as in log lines
    std::string started_at;  ///< `2026-01-31T12:00:00.123456Z`
    std::string method;
    std::string path;
    std::string api;
    std::string model;
    std::string end_reason;
    std::string drop_reason;
    std::string caller;
    std::string source;   ///< `ingest` or `import`; "": it passed the relay
    std::string session;  ///< as the client names it
    std::string agent_name;
    std::string client;  ///< the program, else the library that sent the request
    std::string stop_reason;
    std::optional<std::int64_t> duration_us;  ///< until the answer's last byte; nothing where none came
    std::int64_t head = 0;                    ///< node of its answer; 0: none
    std::optional<std::int64_t> status;
    std::optional<std::int64_t> total_tokens;
    /// Tells whether it is an answer on a WebSocket: its method is that of the handshake, with which no API
    /// is asked.
    bool on_websocket() const noexcept { return !api.empty() && method == "GET"; }
    std::string json;  ///< all columns of the view, as one JSON object in one line
};

/// Chooses exchanges; what is empty does not restrict the choice.
struct exchange_filter {
    std::size_t limit = 20;
    std::optional<std::int64_t> since_us;  ///< accepted then or later, microseconds since the epoch
    std::string api;
    std::string session;   ///< a session's id, or its beginning
    bool dropped = false;  ///< only those that gave no turn
};

/// The view `exchanges`, for people: a read-only connection, also while another process writes. One thread at
/// a time; holds no read transaction between calls. Throws std::runtime_error with SQLite's message when a
/// query fails.
class exchange_view {
public:
    /// Throws open_error, in one line, where `path` is no store of this version.
    explicit exchange_view(const std::string& path);
    ~exchange_view();
    exchange_view(const exchange_view&) = delete;
    exchange_view& operator=(const exchange_view&) = delete;

    /// Lists the chosen exchanges, the newest first.
    std::vector<seen_exchange> list(const exchange_filter& filter);

    /// Finds at most `most` exchanges that `name` may mean: the one with this `seq`, else all whose UUID
    /// begins with it (at least four digits; hyphens may be left out). A UUID begins with the time of its
    /// exchange: those that were committed since then are read, of a whole UUID only until it is found, and
    /// all where none is among them, as after a jump of the clock.
    std::vector<seen_exchange> find(std::string_view name, std::size_t most = 2);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
