#pragma once

#include "answer.hpp"

#include <tapes/llm/later_request.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tapes::mock {

/// Keeps answers that clients fetch later: those in the background, deferred ones, and those whose stream was
/// cut. The newest `most`. Thread-safe.
class answer_shelf {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t most = 1024;

    /// Keeps an answer that is complete at `due`.
    void keep(kept_answer made, clock::time_point due);

    /// Answers a request about one of them, as of `now`; 404 where there is none of that id. `target` is that
    /// of the request.
    answer serve(const llm::later_request& asked, std::string_view target, clock::time_point now);

private:
    struct place {
        kept_answer kept;
        clock::time_point due;
        bool cancelled = false;
    };
    static answer fetch(const place& from, const llm::later_request& asked, bool streamed,
                        clock::time_point now);
    answer cancel(place& from, clock::time_point now) const;

    mutable sync::mutex mutex_;
    std::unordered_map<std::string, place> places_ TAPES_GUARDED_BY(mutex_);
    std::deque<std::string> order_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::mock
