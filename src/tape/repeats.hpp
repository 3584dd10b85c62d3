#pragma once

#include <tapes/sync/mutex.hpp>

#include <cstdint>
#include <span>
#include <unordered_map>

namespace tapes::tape {

/// Which of several recorded answers to the same request comes next: the first, then the second and so on;
/// behind the last one the last again, or none. In memory: it begins anew with each process. Thread-safe.
class repeats {
public:
    enum class at_end { last_again, nothing };
    explicit repeats(at_end end) noexcept : end_{end} {}

    /// Chooses one of the exchanges that answered a request, ascending, of which there is one at least. Who
    /// asks at the same time gets the next one. Returns 0 where all were given and the last does not come
    /// again.
    std::int64_t next(std::span<const std::int64_t> answers);

private:
    at_end end_;
    sync::mutex mutex_;
    /// By the first of the answers, so that answers that are recorded meanwhile come behind.
    std::unordered_map<std::int64_t, std::int64_t> given_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::tape
