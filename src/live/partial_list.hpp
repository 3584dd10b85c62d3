#pragma once

#include "event_json.hpp"

#include <tapes/live/event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace tapes::live {

/// What a reader has of answers that are still coming.
struct partials_sent {
    struct block {
        std::uint64_t revision = 0;
        std::size_t bytes = 0;
    };
    struct answer {
        std::vector<block> blocks;
        bool over = false;
    };
    std::map<std::string, answer> answers;
    std::uint64_t version = 0;
};

/// An answer, and what of it is new to a reader.
struct partial_news {
    std::shared_ptr<const partial_answer> answer;
    std::vector<partial_piece> pieces;
};

/// The answers that are still coming, each as far as it was shown last. Bounded in number; one thread at a
/// time.
class partial_list {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t most_answers = 256;

    /// Returns false where it is not taken: its exchange is committed, or there are too many.
    bool show(partial_answer answer, clock::time_point now);
    /// Its exchange is committed.
    void forget(const std::string& exchange);
    void clear();

    /// Returns what is new to a reader, about `max_bytes` of it, and notes that the reader has it.
    std::vector<partial_news> news(const event_filter& filter, partials_sent& sent,
                                   std::size_t max_bytes) const;
    /// Returns those that match, without what they say.
    std::vector<partial_answer> subjects(const event_filter& filter) const;

private:
    struct shown {
        std::shared_ptr<const partial_answer> answer;
        std::vector<std::uint64_t> revisions;  ///< of its blocks: one with another beginning is another block
        std::uint64_t version = 0;
        clock::time_point at{};
    };

    void drop_old(clock::time_point now);

    std::map<std::string, shown> answers_;
    std::uint64_t version_ = 0;
    std::deque<std::string> committed_;  ///< the newest; what is still shown of them comes too late
    std::unordered_set<std::string> is_committed_;
};

}  // namespace tapes::live
