#pragma once

#include <tapes/store/exchange_reader.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::read {

class sources;

/// What waiting times can be told apart by, and how an exchange names it.
struct latency_column {
    std::string_view name;
    std::int64_t store::exchange_times::*text;  ///< nullptr: the day on which it was accepted, in UTC
};

inline constexpr std::array latency_columns{
    latency_column{"day", nullptr},
    latency_column{"model", &store::exchange_times::model},
    latency_column{"provider", &store::exchange_times::provider},
    latency_column{"api", &store::exchange_times::api},
    latency_column{"project", &store::exchange_times::project},
    latency_column{"agent", &store::exchange_times::agent},
};

/// Chooses exchanges; what is empty does not restrict the choice.
struct latency_choice {
    std::optional<std::int64_t> since_us;               ///< accepted then or later
    std::optional<std::int64_t> until_us;               ///< accepted before
    std::string session;                                ///< the beginning of its name, as the client gave it
    std::optional<std::vector<std::int64_t>> sessions;  ///< of the catalogue
    std::string api, provider, model, agent, project;
    std::size_t looked_at = 20'000;  ///< so many exchanges at most, the newest of the log
};

/// Of how many times the percentiles are, in milliseconds, by the nearest rank. Without times all are 0.
struct percentiles {
    std::uint64_t count = 0;
    double p50_ms = 0, p90_ms = 0, p99_ms = 0;
};

/// How long one waited for answers that gave a turn and came to their end.
struct latency_row {
    std::vector<std::pair<std::string, std::string>> key;  ///< the columns that were asked for
    percentiles first_byte;                                ///< from the request's head on
    percentiles whole;                                     ///< likewise, until the last byte
    /// Of streamed answers, from the first byte to the last one, by each token behind the first.
    percentiles token;
};

struct latency {
    std::vector<latency_row> rows;  ///< in the order of their keys
    latency_row total;
    std::uint64_t looked_at = 0;      ///< exchanges
    std::int64_t oldest_seen_us = 0;  ///< when the oldest of them was accepted; 0: there was none
    bool complete = true;             ///< no other one could have been chosen
};

/// Sums up what a bounded number of exchanges tells, the newest of the choice. Throws std::runtime_error with
/// SQLite's message.
latency latency_by(sources& from, const std::vector<const latency_column*>& columns,
                   const latency_choice& choice);

}  // namespace tapes::read
