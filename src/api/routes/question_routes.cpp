#include "routes/asked.hpp"
#include "routes/caching.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"

#include <tapes/read/cache_miss.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/search.hpp>
#include <tapes/read/tree.hpp>
#include <tapes/read/wire_events.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t hits_usual = 20;
constexpr std::size_t hits_most = 200;
constexpr std::size_t longest_query = 4096;
constexpr std::size_t branches_usual = 200;
constexpr std::size_t branches_most = 1000;
constexpr std::size_t events_usual = 256;
constexpr std::size_t events_most = 2048;
constexpr std::size_t misses_usual = 20;
constexpr std::size_t misses_most = 500;
constexpr std::size_t event_data_most = 65'536;

struct part_name {
    std::string_view name;
    unsigned parts;
};

constexpr std::array part_names{part_name{"text", 1}, part_name{"tools", 6}, part_name{"arguments", 2},
                                part_name{"results", 4}, part_name{"thinking", 8}};

response search_record(const asked& from, record& record) {
    const auto typed = from.text("query");
    if (typed.size() > longest_query) {
        throw std::invalid_argument{"the parameter query must have at most 4096 bytes"};
    }
    read::search_request request;
    request.query = read::read_search_query(typed);
    request.most = from.number("limit", hits_usual, 1, hits_most);
    request.newest = from.flag("newest");
    request.after = from.text("cursor");
    if (const auto part = from.text("part"); !part.empty()) {
        const auto* const found = std::ranges::find(part_names, part, &part_name::name);
        if (found == part_names.end()) {
            throw std::invalid_argument{
                "the parameter part must be text, tools, arguments, results or thinking"};
        }
        request.parts = found->parts;
    }
    (void)catalogue_of(record);
    const auto page = read::search(record.from(), request);
    if (page.problem == read::no_text_index) {
        throw refusal{503, page.problem};
    }
    if (!page.problem.empty()) {
        throw refusal{400, page.problem};
    }
    auto made = read::search_end_json(page);
    made.erase("type");
    made["hits"] = read::ordered_json::array();
    for (const auto& hit : page.hits) {
        made["hits"].push_back(read::search_hit_json(hit));
    }
    return {200, read::dumped(made) + "\n"};
}

response tree_of(const asked& from, record& record, read::tree_request request) {
    const auto limit = from.number("limit", branches_usual, 1, branches_most);
    request.after = from.text("cursor");
    read::tree told{record.from(), request};
    auto entries = read::ordered_json::array();
    std::string place;
    std::size_t branches = 0;
    bool more = false;
    while (auto one = told.next()) {
        // Places are those of branches: a thread behind the last branch of a page begins the next one.
        if (branches == limit) {
            more = true;
            break;
        }
        branches += std::holds_alternative<read::tree_branch>(*one) ? 1 : 0;
        entries.push_back(read::tree_entry_json(*one));
        place = told.place();
    }
    return {200, read::dumped({{"entries", std::move(entries)},
                               {"next", more ? read::ordered_json(place) : read::ordered_json(nullptr)}}) +
                     "\n"};
}

response session_tree(const asked& from, record& record) {
    const auto session = session_meant(record, from.path("id"));
    const auto number = from.number("thread", 0, 1, std::numeric_limits<std::int64_t>::max());
    read::tree_request request;
    request.session = session.id;
    if (number != 0) {
        const auto threads = catalogue_of(record).threads(session.id);
        if (number > threads.size()) {
            throw refusal{404, "the session has no thread " + std::to_string(number)};
        }
        request.thread = threads[number - 1].id;
    }
    return tree_of(from, record, request);
}

response node_tree(const asked& from, record& record) {
    (void)catalogue_of(record);
    read::tree_request request;
    request.node = node_meant(record, from.path("hash")).id;
    return tree_of(from, record, request);
}

response exchange_events(const asked& from, record& record) {
    const auto one = exchange_meant(record, from.path("id"));
    read::wire_request request;
    request.exchange = one.seq;
    request.most = from.number("limit", events_usual, 1, events_most);
    request.data_bytes = from.number("data_bytes", request.data_bytes, 0, event_data_most);
    if (const auto cursor = cursor_of(from, 1)) {
        request.from = static_cast<std::uint64_t>(std::max<std::int64_t>(cursor->front(), 0));
    }
    const auto told = read::list_wire_events(record.from(), request);
    if (!told) {
        throw refusal{404, "the bytes of this exchange were not kept (record.wire)"};
    }
    auto made = read::wire_listing_json(*told);
    made["next"] = told->next ? read::ordered_json(std::to_string(*told->next)) : read::ordered_json(nullptr);
    made["events"] = read::ordered_json::array();
    for (const auto& event : told->events) {
        made["events"].push_back(read::wire_event_json(event));
    }
    return {200, read::dumped(made) + "\n"};
}

response exchange_cache(const asked& from, record& record) {
    (void)catalogue_of(record);
    const auto one = exchange_meant(record, from.path("id"));
    const auto told = read::cache_explainer{record.from()}.explain(one.seq, true);
    if (!told) {
        throw refusal{404, "the exchange is not there any more"};
    }
    return {200, read::dumped(read::cache_miss_json(*told)) + "\n"};
}

response session_cache(const asked& from, record& record) {
    const auto session = session_meant(record, from.path("id"));
    const auto limit = from.number("limit", misses_usual, 1, misses_most);
    const auto told = read::explain_session(record.from(), session.id, limit, from.flag("all"));
    auto worst = read::ordered_json::array();
    for (const auto& one : told.worst) {
        worst.push_back(read::cache_miss_json(one));
    }
    return {200,
            read::dumped({{"worst", std::move(worst)}, {"total", read::cache_totals_json(told)}}) + "\n"};
}

}  // namespace

void add_question_routes(route_table& table) {
    add_reading(
        table, "/v1/search",
        {"search_record",
         "Finds what was said. A hit is a node, with where it was said first and what surrounds the words.",
         {},
         {text_about("query",
                     "Words, \"phrases\", -words, prefix*, OR, and filters such as model:NAME, "
                     "role:user, since:7d (docs/commands.md)."),
          {"part", "Only there.",
           R"({"type":"string","enum":["text","tools","arguments","results","thinking"]})"},
          flag_about("newest", "The newest first, else the best."),
          limit_about(hits_usual, hits_most),
          cursor_about()},
         "",
         {{200, "A page of hits.", "search_page"}},
         {400, 503}},
        search_record);
    const parameter_about limit = limit_about(branches_usual, branches_most);
    add_reading(table, "/v1/sessions/{id}/tree",
                {"read_session_tree",
                 "Tells where the chains of a session fork, thread by thread.",
                 {text_about("id", "As for the session.")},
                 {{"thread", "Only the thread with this number, and what its calls began.",
                   R"({"type":"integer","minimum":1})"},
                  limit,
                  cursor_about()},
                 "",
                 {{200, "A page of branches, depth first.", "tree"}},
                 {400, 404, 409, 503}},
                session_tree);
    add_reading(table, "/v1/nodes/{hash}/tree",
                {"read_node_tree",
                 "Tells where the chains of the whole tree fork that a node belongs to.",
                 {text_about("hash", "The node's hash, or its number in the store.")},
                 {limit, cursor_about()},
                 "",
                 {{200, "A page of branches, depth first.", "tree"}},
                 {400, 404, 503}},
                node_tree);
    add_reading(table, "/v1/exchanges/{id}/events",
                {"list_exchange_events",
                 "Tells what an answer said on the wire, event by event, with the times at which they came.",
                 {text_about("id", "As for the exchange.")},
                 {limit_about(events_usual, events_most),
                  {"data_bytes", "So much is told of the data of each.",
                   R"({"type":"integer","minimum":0,"maximum":65536,"default":512})"},
                  cursor_about()},
                 "",
                 {{200, "A page of events.", "answer_events"}},
                 {400, 404, 409, 503}},
                exchange_events);
    add_reading(table, "/v1/exchanges/{id}/cache",
                {"explain_exchange_cache",
                 "Explains why an exchange read from the prompt cache what it read.",
                 {text_about("id", "As for the exchange.")},
                 {},
                 "",
                 {{200, "What was expected, what was read, and why.", "cache_miss"}},
                 {400, 404, 409, 503}},
                exchange_cache);
    add_reading(table, "/v1/sessions/{id}/cache",
                {"explain_session_cache",
                 "Lists the exchanges of a session that missed the prompt cache, the worst first.",
                 {text_about("id", "As for the session.")},
                 {limit_about(misses_usual, misses_most),
                  flag_about("all", "Exchanges that missed nothing are listed, too.")},
                 "",
                 {{200, "The worst, and the sums of all.", "session_cache"}},
                 {400, 404, 409, 503}},
                session_cache);
}

}  // namespace tapes::api
