#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/store/exchange_outlines.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::tape {

/// Who has spoken on a tape: what conversations are hashed with besides their texts.
struct speaker {
    std::string provider;
    std::string agent_name;
};

/// An exchange that has no node, so that its request is found by itself: errors, `/models`, `count_tokens`.
struct turnless_exchange {
    std::int64_t id = 0;
    std::string method;
    std::string path;
    std::string target;
    std::string api;  ///< "" where it asked for no turn
    int status = 0;
    std::uint64_t request_bytes = 0;
};

/// The exchanges of a store that no conversation leads to, in memory, by what their rows say. It follows a
/// store that another process writes. Thread-safe.
class turnless_index {
public:
    /// So many of the newest exchanges are gone through.
    static constexpr std::int64_t most_scanned = 1'000'000;
    /// So many of the newest without a node are found.
    static constexpr std::size_t most_held = 1'000'000;

    explicit turnless_index(const std::string& store_path);

    /// Takes in what was recorded since. Returns the newest exchange.
    std::int64_t read_on();

    /// Those of a method whose path ends with the same segment, in the order of the log.
    std::vector<turnless_exchange> by_path(std::string_view method, std::string_view path);
    /// Those of an API whose request has so many bytes on the wire.
    std::vector<turnless_exchange> by_size(std::string_view api, std::uint64_t request_bytes);
    /// Those of an API.
    std::vector<turnless_exchange> by_api(std::string_view api);

    /// Who has spoken, the newest first.
    std::vector<speaker> speakers();
    /// Some of the paths that can be asked for, each once, for a message to people.
    std::vector<std::string> some_paths(std::size_t most);
    /// Tells whether answers on WebSockets were recorded.
    bool has_websockets();
    /// How many exchanges without a turn are there of which no bytes are kept.
    std::uint64_t without_bytes();

private:
    struct row {
        std::int64_t id;
        std::uint32_t method, api, path, target;
        int status;
        std::uint64_t request_bytes;
    };

    std::uint32_t number_of(std::string_view text) TAPES_REQUIRES(mutex_);
    void add(const store::exchange_outline& one) TAPES_REQUIRES(mutex_);
    turnless_exchange exchange_of(std::size_t at) const TAPES_REQUIRES(mutex_);
    std::vector<turnless_exchange> listed(const std::string& key) TAPES_REQUIRES(mutex_);

    sync::mutex mutex_;
    store::exchange_outlines rows_ TAPES_GUARDED_BY(mutex_);
    std::int64_t read_to_ TAPES_GUARDED_BY(mutex_) = 0;
    std::deque<std::string> texts_ TAPES_GUARDED_BY(mutex_);
    std::unordered_map<std::string_view, std::uint32_t> numbers_ TAPES_GUARDED_BY(mutex_);
    std::vector<row> all_ TAPES_GUARDED_BY(mutex_);
    std::unordered_map<std::string, std::vector<std::uint32_t>> keys_ TAPES_GUARDED_BY(mutex_);
    /// Provider and agent, as numbers of the store's small strings, and when they spoke last.
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> spoken_ TAPES_GUARDED_BY(mutex_);
    bool websockets_ TAPES_GUARDED_BY(mutex_) = false;
    std::uint64_t without_bytes_ TAPES_GUARDED_BY(mutex_) = 0;
};

/// The last segment of a path: "models" of "/v1/models".
std::string_view last_segment(std::string_view path) noexcept;

}  // namespace tapes::tape
