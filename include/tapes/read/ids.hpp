#pragma once

#include <tapes/read/sources.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// What a name may mean.
enum class named_kind : int { session = 1, exchange = 2, node = 3 };
std::string_view to_string(named_kind value) noexcept;

struct named {
    named_kind kind = named_kind::session;
    std::int64_t id = 0;     ///< of the catalogue, the log (`seq`), or a node
    std::string name;        ///< whole
    std::int64_t at_us = 0;  ///< its newest exchange, accepted, first stored
    std::string about;       ///< for people: a title, a path with its model, a role
};

/// Hashes and UUIDs of exchanges are found by no fewer characters.
inline constexpr std::size_t least_digits = 4;

/// Finds at most about `most` things that a person may mean: `@` is the newest session and `@3` the fourth
/// newest; else a session, a node's hash or an exchange (UUID or `seq`) by its whole name or the beginning of
/// it. Where something has the whole name, nothing else is meant. Empty where there is no such thing.
std::vector<named> find_named(sources& from, std::string_view name, std::size_t most = 8);

/// Finds at most `most` sessions that a name stands for, as ids of the catalogue: `@` and `@3` as above;
/// those of just this name (projects may share one); where there is none, those whose name begins so.
std::vector<std::int64_t> sessions_named(sources& from, std::string_view name, std::size_t most);

}  // namespace tapes::read
