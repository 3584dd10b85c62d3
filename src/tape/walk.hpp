#pragma once

#include "deck.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/sync/mutex.hpp>
#include <tapes/tape/tolerance.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tapes::tape {

/// What was made of stored messages before. Thread-safe; bounded.
class loose_cache {
public:
    struct entry {
        std::size_t digest = 0;  ///< of the text
        std::uint64_t used = 0;
        directory_list known;  ///< with what the message names
    };
    std::optional<entry> find(std::int64_t node, const directory_list& known);
    void keep(std::int64_t node, const directory_list& known, entry made);

private:
    sync::mutex mutex_;
    std::unordered_map<std::size_t, entry> entries_ TAPES_GUARDED_BY(mutex_);
};

/// A recorded message in the place of one that was asked.
struct near_message {
    std::int64_t node = 0;
    std::string recorded;  ///< what counts of both
    std::string asked;
    std::size_t same_bytes = 0;  ///< at their beginning
};

/// How far a request agrees with recorded conversations.
struct walk_outcome {
    std::vector<std::int64_t> ends;  ///< nodes that all messages lead to, the newest first
    std::uint64_t used = 0;          ///< what was looked past on the way, see tolerance::apply
    std::size_t agreed = 0;          ///< so many messages agree in some recorded conversation
    std::int64_t last = 0;           ///< the node of the last of these; 0: none
    /// What was recorded behind it and is nearest to the next message; nothing where nothing was, or where
    /// all messages agree.
    std::optional<near_message> nearest;
};

/// Follows the messages of a request, from `first` on, below the node `start` (0: from the beginnings of
/// conversations), message by message, looking past what `past` says. Work is bounded: at most
/// deck::most_children recorded messages are compared with each, and at most `most_branches` of those that
/// agree are followed, the newest. With `models::any` it goes along messages of other models, too, as it does
/// where `past` says so.
enum class models : bool { asked, any };
walk_outcome walk(deck& from, const llm::request& request, std::size_t first, std::int64_t start,
                  const tolerance& past, loose_cache& cache, models of = models::asked);
inline constexpr std::size_t most_branches = 64;

}  // namespace tapes::tape
