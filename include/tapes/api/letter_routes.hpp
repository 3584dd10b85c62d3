#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/dead_letters.hpp>

#include <functional>
#include <optional>
#include <string>

namespace tapes::api {

/// Writes a dead letter as JSON. Key and payload are text if they are UTF-8, else base64.
std::string letter_json(const store::kept_letter& letter);
/// Writes a dead letter with its history.
std::string letter_json(const store::kept_letter& letter, const std::vector<store::kept_change>& history);
/// Writes the totals by topic and state.
std::string letter_stats_json(const std::vector<store::letter_reader::total>& totals);

/// Writes a filter, or the reason of a discard, as part of a query.
std::string filter_query(const store::letter_filter& filter);
std::string reason_query(std::string_view reason);
/// Reads the filter from a query. Throws std::invalid_argument, which names the wrong parameter.
store::letter_filter filter_of_query(std::string_view query);

/// How many letters GET /v1/dead-letters lists unless `limit` says otherwise.
inline constexpr std::size_t letters_listed = 100;

/// Adds the routes for dead letters:
///   GET  /v1/dead-letters?state=&topic=&event_type=&source=&since=&until=&id=&limit=   {"dead_letters":[…]}
///   GET  /v1/dead-letters/ID                     with payload and history
///   GET  /v1/dead-letters/stats                  totals by topic and state
///   POST /v1/dead-letters/retry?FILTER           {"scheduled":n}
///   POST /v1/dead-letters/discard?FILTER&reason= {"discarded":n}
/// Without a filter, retry and discard need `all=true`. Times are microseconds since the epoch.
/// `wake_sweeper` is called after letters were scheduled. `writer` must outlive the routes.
void add_letter_routes(route_table& table, std::string store_path, store::writer& writer,
                       std::function<void()> wake_sweeper = {});

}  // namespace tapes::api
