#include "routes/asked.hpp"
#include "routes/caching.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/usage.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tapes::api {

namespace {

constexpr std::size_t sessions_usual = 50;
constexpr std::size_t sessions_most = 500;
constexpr std::size_t session_exchanges_usual = 100;
constexpr std::size_t session_exchanges_most = 500;

catalogue::session_filter session_filter_of(const asked& from) {
    catalogue::session_filter filter;
    filter.since_us = from.moment("since");
    filter.until_us = from.moment("until");
    filter.project = from.text("project");
    filter.agent_name = from.text("agent");
    filter.client = from.text("client");
    filter.provider = from.text("provider");
    filter.model = from.text("model");
    filter.caller = from.text("caller");
    filter.name_prefix = from.text("session");
    filter.title_part = from.text("title");
    filter.errors = from.flag("errors");
    return filter;
}

read::ordered_json sessions_json(record& from, const std::vector<catalogue::session>& sessions) {
    std::vector<std::int64_t> ids;
    ids.reserve(sessions.size());
    for (const auto& one : sessions) {
        ids.push_back(one.id);
    }
    const auto used = read::usage_of_sessions(catalogue_of(from), from.prices(), ids);
    auto all = read::ordered_json::array();
    for (const auto& one : sessions) {
        const auto price = used.find(one.id);
        all.push_back(read::session_json(one, price == used.end() ? read::cost{} : price->second.price));
    }
    return all;
}

response list_sessions(const asked& from, record& record) {
    const auto filter = session_filter_of(from);
    const auto limit = from.number("limit", sessions_usual, 1, sessions_most);
    std::optional<catalogue::session_place> after;
    if (const auto cursor = cursor_of(from, 2)) {
        after = {(*cursor)[0], (*cursor)[1]};
    }
    auto& all = catalogue_of(record);
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    auto found = all.sessions(filter, limit + 1, after);
    read::ordered_json next;
    if (found.size() > limit) {
        found.pop_back();
        next = std::to_string(found.back().last_at_us) + "-" + std::to_string(found.back().id);
    }
    return tagged({200, read::dumped({{"sessions", sessions_json(record, found)}, {"next", next}}) + "\n"},
                  tag, freshness::ask);
}

response show_session(const asked& from, record& record) {
    const auto session = session_meant(record, from.path("id"));
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    auto made = sessions_json(record, {session})[0];
    made["thread_list"] = read::ordered_json::array();
    const auto threads = catalogue_of(record).threads(session.id);
    for (std::size_t i = 0; i < threads.size(); ++i) {
        made["thread_list"].push_back(read::entry_json(read::numbered_thread(threads, i)));
    }
    return tagged({200, read::dumped(made) + "\n"}, tag, freshness::ask);
}

response list_session_exchanges(const asked& from, record& record) {
    const auto session = session_meant(record, from.path("id"));
    const auto limit = from.number("limit", session_exchanges_usual, 1, session_exchanges_most);
    const auto cursor = cursor_of(from, 1);
    auto seqs = catalogue_of(record).exchanges(session.id, 0, cursor ? cursor->front() : 0, limit + 1);
    read::ordered_json next;
    if (seqs.size() > limit) {
        seqs.pop_back();
        next = std::to_string(seqs.back());
    }
    auto all = read::ordered_json::array();
    for (const auto seq : seqs) {
        if (auto one = record.from().find_exchange(seq)) {
            all.push_back(read::entry_json(*std::move(one)));
        }
    }
    return {200, read::dumped({{"exchanges", std::move(all)}, {"next", next}}) + "\n"};
}

}  // namespace

void add_session_routes(route_table& table) {
    add_brief_reading(
        table, "/v1/sessions",
        {"list_sessions",
         "Lists sessions, the newest first. While exchanges are recorded, a session that goes on moves to "
         "the front; a page never repeats one of the page before.",
         {},
         {moment_about("since", "Sessions with an exchange then or later."),
          moment_about("until", "Sessions that began before."), text_about("project", "Its whole name."),
          text_about("agent", "Its whole name."), text_about("client", "Its whole name."),
          text_about("provider", "Its whole name."),
          text_about("model", "The model that the newest turn asked for, whole."),
          text_about("caller", "Its whole name."),
          text_about("session", "The beginning of the session's name."),
          text_about("title", "A part of the title, in any case of ASCII letters."),
          flag_about("errors", "Only sessions with an exchange that ended in an error."),
          limit_about(sessions_usual, sessions_most), cursor_about()},
         "",
         {{200, "A page of sessions.", "sessions"}, {304, "Nothing was recorded since.", "", ""}},
         {400, 503}},
        list_sessions);
    add_brief_reading(
        table, "/v1/sessions/{id}",
        {"read_session",
         "Tells a session with its threads.",
         {text_about("id",
                     "The session's name or a unique beginning of it; `@` is the newest, `@1` the one "
                     "before.")},
         {},
         "",
         {{200, "The session.", "session_with_threads"}, {304, "Nothing was recorded since.", "", ""}},
         {400, 404, 409, 503}},
        show_session);
    add_reading(table, "/v1/sessions/{id}/exchanges",
                {"list_session_exchanges",
                 "Lists the exchanges of a session in the order in which they were recorded.",
                 {text_about("id", "As for the session.")},
                 {limit_about(session_exchanges_usual, session_exchanges_most), cursor_about()},
                 "",
                 {{200, "A page of exchanges.", "exchanges"}},
                 {400, 404, 409, 503}},
                list_session_exchanges);
}

}  // namespace tapes::api
