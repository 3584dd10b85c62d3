#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/dead_letters.hpp>

#include <functional>
#include <optional>
#include <string>

namespace tapes::api {

/// A dead letter as JSON; its key and payload as text where they are UTF-8, else in base64.
std::string letter_json(const store::kept_letter& letter);
/// With its history.
std::string letter_json(const store::kept_letter& letter, const std::vector<store::kept_change>& history);
/// Totals by topic and state.
std::string letter_stats_json(const std::vector<store::letter_reader::total>& totals);

/// A filter as it stands in a query, as JSON in a body, and back. Throws std::invalid_argument, naming what
/// is wrong.
std::string filter_query(const store::letter_filter& which);
std::string reason_query(std::string_view reason);
store::letter_filter filter_of_query(std::string_view query);

/// What GET /v1/dead-letters lists unless `limit` says otherwise.
inline constexpr std::size_t letters_listed = 100;

/// The life of dead letters:
///   GET  /v1/dead-letters?state=&topic=&event_type=&source=&since=&until=&id=&limit=   {"dead_letters":[…]}
///   GET  /v1/dead-letters/ID                     with payload and history
///   GET  /v1/dead-letters/stats                  totals by topic and state
///   POST /v1/dead-letters/retry?FILTER           {"scheduled":n}
///   POST /v1/dead-letters/discard?FILTER&reason= {"discarded":n}
/// A filter of retry and discard must not be empty: `all=true` says that all are meant. Times are
/// microseconds since the epoch. `woken` is called after something was scheduled. `writer` must outlive the
/// routes.
void add_letter_routes(route_table& to, std::string store_path, store::writer& writer,
                       std::function<void()> woken = {});

}  // namespace tapes::api
