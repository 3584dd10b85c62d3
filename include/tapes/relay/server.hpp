#pragma once

#include <tapes/capture/budget.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/record/answers_in_flight.hpp>
#include <tapes/record/recorder.hpp>
#include <tapes/relay/entrance.hpp>
#include <tapes/relay/options.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::relay {

/// The parts of other rooms that the relay works with. All of them must outlive the server.
struct surroundings {
    record::recorder& recorder;
    capture::budget& budget;
    const capture::spill_policy& spill;
    capture::ledger& ledger;
    std::function<void()> on_ack_timeout{};  ///< called on an I/O thread when an answer was released
                                             ///< before its commit
    http::redactor redactor = http::redactor{std::string_view{}};  ///< for paths in log lines
    record::answers_in_flight* in_flight = nullptr;                ///< shows answers that are still coming
};

/// The proxy's listener and its I/O threads. Member functions may be called from any one thread.
class server {
public:
    /// Reads certificates and binds. Throws std::runtime_error or std::invalid_argument with one line that
    /// names the setting that is wrong.
    server(relay::options options, relay::surroundings surroundings);
    ~server();  ///< stop()
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    void start();

    /// Returns the listener's URL with the port that was bound, for example "http://127.0.0.1:8080".
    std::string url() const;

    /// Opens an entrance, whose requests go to upstreams of its own, and returns its ID: it is below
    /// /runs/ID. Throws std::invalid_argument, in one line, when it is malformed, and std::runtime_error when
    /// too many are open. These three are thread-safe.
    std::string open_entrance(const entrance& wanted);
    /// Returns nothing when no entrance has that ID.
    std::optional<entrance_figures> read_entrance(std::string_view id) const;
    /// Takes no further requests at it. What is under way goes on.
    std::optional<entrance_figures> close_entrance(std::string_view id);

    /// Stops accepting; open connections answer what is in flight with `Connection: close`, idle ones are
    /// closed.
    void drain();
    /// Returns how many connections are open.
    std::size_t connections() const noexcept;
    /// Waits until no connection is open, at most for `limit`. False when some still are.
    bool wait_idle(std::chrono::milliseconds limit);
    /// Cuts what is still in flight. That is recorded with end_reason `shutdown`.
    void cut();
    /// Cuts what is left and ends the threads. Afterwards no exchange is handed over any more. Idempotent.
    void stop();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::relay
