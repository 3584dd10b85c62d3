#pragma once

#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace tapes::app {

/// A running process refuses, and would refuse again.
class process_refusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The process that has a store open for writing, as commands reach it: by its admin listener. Thread-safe.
class running_process {
public:
    /// Nothing where none has the store of `how`. Throws store::open_error, in one line, where one has it
    /// that takes no requests.
    static std::optional<running_process> find(const config::settings& how);

    /// The body of an answer of 2xx. Throws process_refusal with the text of one of 4xx (or that the token is
    /// wanted), std::runtime_error with that of any other, and where no answer comes within `timeout`.
    std::string ask(const api::request& what,
                    std::chrono::milliseconds timeout = std::chrono::seconds{30}) const;

    /// "process 7 at http://127.0.0.1:8081"
    std::string name() const { return "process " + pid_ + " at " + address_; }

private:
    running_process(std::string pid, std::string address, std::string token)
        : pid_{std::move(pid)}, address_{std::move(address)}, token_{std::move(token)} {}

    std::string pid_;
    std::string address_;
    std::string token_;
};

/// The body of an answer of 2xx, whoever gave it; else throws as `running_process::ask`.
std::string body_of(api::response answer);

}  // namespace tapes::app
