#pragma once

#include "pass/rows.hpp"

#include <tapes/sqlite/connection.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

namespace tapes::catalogue {

/// All that lists of sessions choose by but the time: few sessions differ in it, so that one index, by kind
/// and time, serves all of their filters together.
struct session_kind {
    std::int64_t project = 0, agent = 0, client = 0, caller = 0, provider = 0, model = 0;
    std::int64_t errors = 0;   ///< 1: the session has exchanges that failed
    std::int64_t lasting = 0;  ///< see lasting_of

    auto operator<=>(const session_kind&) const = default;
};

/// Sessions are parted by how long they lasted, in microseconds: less than the first bound, the second, …
/// What began before some time, and went on behind it, is then found among few.
inline constexpr std::array<std::int64_t, 5> lasting_bounds{60'000'000, 3'600'000'000, 86'400'000'000,
                                                            864'000'000'000, 8'640'000'000'000};
constexpr std::int64_t lasting_of(std::int64_t first_at, std::int64_t last_at) noexcept {
    std::size_t made = 0;
    while (made < lasting_bounds.size() && last_at - first_at >= lasting_bounds[made]) {
        ++made;
    }
    return static_cast<std::int64_t>(made);
}

/// Numbers the kinds of sessions; a number is never used for another one.
class kind_table {
public:
    explicit kind_table(sqlite::connection& db);

    /// Notes of which kind a session is by now.
    void classify(session_row& session);
    /// A transaction was rolled back.
    void forget() { known_.clear(); }

private:
    static constexpr std::size_t limit = 4096;

    std::int64_t stored(const session_kind& kind);

    sqlite::connection& db_;
    sqlite::statement find_, make_;
    std::map<session_kind, std::int64_t> known_;
};

}  // namespace tapes::catalogue
