#pragma once

#include "origin.hpp"

#include <tapes/capture/tally.hpp>
#include <tapes/relay/entrance.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::relay {

/// An entrance that is, or was, open. Immutable but for its figures.
struct open_entrance {
    struct upstream {
        origin to;
        std::string provider;
        bool version_once = false;
    };

    std::string agent;
    std::string project;
    std::map<std::string, upstream, std::less<>> upstreams;
    std::shared_ptr<capture::tally> figures;
};

/// The entrances of a relay, by their IDs. Thread-safe.
class entrance_table {
public:
    /// Opens an entrance and returns its ID, 32 random hexadecimal digits. Throws std::invalid_argument, in
    /// one line, where a key or an upstream is malformed, and std::runtime_error where too many are open.
    std::string open(const entrance& wanted);
    /// Returns nothing where none has that ID.
    std::optional<entrance_figures> read(std::string_view id) const;
    /// Closes it, so that no further request is taken. Returns its figures, or nothing where none has that
    /// ID. What is under way goes on.
    std::optional<entrance_figures> close(std::string_view id);
    /// Returns null where none has that ID.
    std::shared_ptr<const open_entrance> find(std::string_view id) const;

    static constexpr std::size_t most_open = 1000;

private:
    mutable sync::mutex mutex_;
    std::map<std::string, std::shared_ptr<const open_entrance>, std::less<>> open_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::relay
