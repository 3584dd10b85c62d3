#pragma once

#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace tapes::api {

/// One-time codes, by which a browser that somebody with the token opens gets its cookie. Thread-safe.
class browser_codes {
public:
    using clock = std::chrono::steady_clock;
    enum class outcome : int { good = 1, unknown = 2, too_many = 3 };

    static constexpr std::chrono::seconds code_lifetime{30};
    /// So many codes are good at a time; one more ends the oldest.
    static constexpr std::size_t most_codes = 16;
    /// So many wrong codes are taken in the time below; then none is, good or not.
    static constexpr std::size_t most_failures = 32;
    static constexpr std::chrono::seconds failure_window{30};

    /// Returns a new code. Throws std::runtime_error where there are no random bytes.
    std::string make(clock::time_point now);

    /// Takes a code: it is good once. Takes the same time for every wrong one.
    outcome take(std::string_view code, clock::time_point now);

private:
    struct entry {
        std::string code;
        clock::time_point end;
    };

    sync::mutex mutex_;
    std::deque<entry> open_ TAPES_GUARDED_BY(mutex_);  ///< the oldest first
    std::deque<clock::time_point> failures_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::api
