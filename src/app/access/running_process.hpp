#pragma once

#include <tapes/api/event_client.hpp>
#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace tapes::app {

/// Thrown when a running process refuses a request and would refuse it again.
class process_refusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The process that has a store open for writing, reached through its admin listener. Thread-safe.
class running_process {
public:
    /// Finds the process that has the configured store; nothing when no process has it. Throws
    /// store::open_error, in one line, when that process has no admin listener, and std::runtime_error when
    /// its token is there and may not be read.
    static std::optional<running_process> find(const config::settings& settings);

    /// Sends a request and returns the body of an answer of 2xx. Throws process_refusal with the text of an
    /// answer of 4xx (or that the token is required), and std::runtime_error with the text of any other
    /// answer, or when no answer comes within `timeout`.
    std::string send(const api::request& request,
                     std::chrono::milliseconds timeout = std::chrono::seconds{30}) const;

    /// Reads its live events, see api::event_client. Throws as that does.
    std::unique_ptr<api::event_client> events(const std::string& query, const std::string& last_id) const;

    /// "http://127.0.0.1:8081"
    const std::string& address() const noexcept { return address_; }

    /// Names the process for people: "process 7 at http://127.0.0.1:8081".
    std::string name() const { return "process " + pid_ + " at " + address_; }

private:
    running_process(std::string pid, std::string address, std::string token)
        : pid_{std::move(pid)}, address_{std::move(address)}, token_{std::move(token)} {}

    std::string pid_;
    std::string address_;
    std::string token_;
};

/// Returns the body of an answer of 2xx, or throws like running_process::send.
std::string body_of(api::response answer);

}  // namespace tapes::app
