#pragma once

#include <functional>
#include <utility>

namespace tapes::text {

/// What a statement of SQL that runs on this thread asks now and then, or null; see `interruptible`.
inline constinit thread_local const std::function<bool()>* question_of_thread = nullptr;

/// Lets statements that read be ended on this thread, for as long as this lives: on a read-only
/// sqlite::connection they fail with SQLITE_INTERRUPT once `goes_on` returns false. It must live as long, and
/// not throw. Code between that counts its work is ended by a work_meter.
class interruptible {
public:
    explicit interruptible(const std::function<bool()>& goes_on) noexcept
        : before_{std::exchange(question_of_thread, &goes_on)} {}
    ~interruptible() { question_of_thread = before_; }
    interruptible(const interruptible&) = delete;
    interruptible& operator=(const interruptible&) = delete;

private:
    const std::function<bool()>* before_;
};

}  // namespace tapes::text
