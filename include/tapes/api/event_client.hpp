#pragma once

#include <tapes/api/admin_client.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tapes::api {

/// An event of `GET /v1/events`.
struct received_event {
    std::string kind;  ///< "exchange"
    std::string id;    ///< to go on behind it; "": as before
    std::string data;  ///< JSON in one line
};

/// Reads the live events of a process. For one thread.
class event_client {
public:
    /// Asks for events behind `last_id` ("": from now on), chosen by `query`. Blocks until the answer begins.
    /// Throws std::runtime_error in one line that names the address, or says what is wrong.
    event_client(const admin_address& address, const std::string& query, const std::string& last_id);
    ~event_client();
    event_client(const event_client&) = delete;
    event_client& operator=(const event_client&) = delete;

    /// Returns the next event; nothing where none comes within `time`, or none comes any more.
    std::optional<received_event> next(std::chrono::milliseconds time);
    /// The process has ended the stream, or has gone.
    bool ended() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::api
