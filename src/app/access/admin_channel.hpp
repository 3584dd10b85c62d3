#pragma once

#include "access/running_process.hpp"

#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tapes::app {

/// How commands change a store: by the admin listener of the process that has it open for writing, else in
/// this process, by the same routes. In this process it holds the store's lock until destroyed. One thread at
/// a time.
class admin_channel {
public:
    /// Throws std::runtime_error in one line: no store there, or a process that has it and takes no requests.
    explicit admin_channel(const config::settings& how);
    ~admin_channel();
    admin_channel(const admin_channel&) = delete;
    admin_channel& operator=(const admin_channel&) = delete;

    /// The body of an answer of 2xx. Throws std::runtime_error with the text of any other, and where no
    /// answer comes.
    std::string ask(const api::request& what);

    /// A running process takes the requests.
    bool live() const noexcept { return running_.has_value(); }

private:
    struct local;

    std::optional<running_process> running_;
    std::unique_ptr<local> local_;
};

}  // namespace tapes::app
