#pragma once

#include "tape/played.hpp"

#include <tapes/config/config.hpp>
#include <tapes/tape/tape.hpp>

#include <sys/types.h>

#include <string>

namespace tapes::app::run {

/// A process of its own that plays a tape while a command runs. It ends with this, also where this process is
/// killed. Its log is STORE.replay.log.
class tape_process {
public:
    /// Returns when it answers. Throws usage_error and std::runtime_error with its own line where it cannot
    /// start. This process must have one thread.
    tape_process(const config::settings& settings, const tape_request& request, const tape_route& route);
    ~tape_process();
    tape_process(const tape_process&) = delete;
    tape_process& operator=(const tape_process&) = delete;

    /// "http://127.0.0.1:PORT"
    const std::string& url() const noexcept { return url_; }

    /// Ends it, and returns how it answered.
    tape::figures finish();

private:
    pid_t id_ = -1;
    int lease_ = -1;    ///< it ends when this is closed
    int reports_ = -1;  ///< what it tells
    std::string url_;
};

}  // namespace tapes::app::run
