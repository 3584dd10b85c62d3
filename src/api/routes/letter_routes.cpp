#include "routes/json.hpp"
#include "routes/query.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/letter_routes.hpp>
#include <tapes/store/clock.hpp>

#include <stdexcept>

namespace tapes::api {

namespace {

constexpr std::string_view letter_path_prefix = "/v1/dead-letters/";
constexpr std::size_t most_letters = 10'000;

struct letter_context {
    std::string path;
    store::writer& writer;
    std::function<void()> wake_sweeper;
};

std::size_t limit_of(const request& request) {
    const auto text = query_value(request.query, "limit").value_or("");
    if (text.empty()) {
        return letters_listed;
    }
    const auto limit = parse_number<std::size_t>(text).value_or(0);
    if (limit == 0 || limit > most_letters) {
        throw std::invalid_argument{"limit must be from 1 to " + std::to_string(most_letters)};
    }
    return limit;
}

response list_letters(const request& request, const letter_context& context) {
    const auto letters =
        store::letter_reader{context.path}.list(filter_of_query(request.query), limit_of(request));
    return {200, "{" + json_array("dead_letters", letters, [](const auto& letter) {
                     return letter_json(letter);
                 }) + "}\n"};
}

response show_letter(const request& request, const letter_context& context) {
    const auto text = request.path.substr(letter_path_prefix.size());
    const auto id = parse_number<std::int64_t>(text);
    if (!id) {
        return error_response(400, "the number of a dead letter is expected, not \"" + text + "\"");
    }
    store::letter_reader reader{context.path};
    const auto letter = reader.find(*id);
    return letter ? response{200, letter_json(*letter, reader.history(*id)) + "\n"}
                  : error_response(404, "there is no dead letter " + text);
}

response letter_stats(const request&, const letter_context& context) {
    return {200, letter_stats_json(store::letter_reader{context.path}.totals()) + "\n"};
}

/// The letters that a change is for. An empty filter is refused unless all letters are meant.
store::letter_filter change_filter(const request& request) {
    auto filter = filter_of_query(request.query);
    if (filter_query(filter).empty() && query_value(request.query, "all") != "true") {
        throw std::invalid_argument{"choose dead letters by id, topic, …, or all of them by all=true"};
    }
    return filter;
}

response retry_letters(const request& request, const letter_context& context) {
    const auto count = store::schedule_letters(context.writer, change_filter(request), store::now_us());
    if (context.wake_sweeper && count > 0) {
        context.wake_sweeper();
    }
    return {200, "{\"scheduled\":" + std::to_string(count) + "}\n"};
}

response discard_letters(const request& request, const letter_context& context) {
    const auto reason = query_value(request.query, "reason").value_or("");
    if (reason.empty()) {
        throw std::invalid_argument{"a dead letter is discarded for a reason: give reason=…"};
    }
    const auto count = store::discard_letters(context.writer, change_filter(request), reason);
    return {200, "{\"discarded\":" + std::to_string(count) + "}\n"};
}

std::vector<parameter_about> filter_parameters() {
    const std::string text = R"({"type":"string"})";
    const std::string moment = R"({"type":"integer","description":"microseconds since the epoch"})";
    return {
        {"id", "The letter's number.", R"({"type":"integer"})"},
        {"state", "Its state.", R"({"type":"string","enum":["pending","scheduled","retried","discarded"]})"},
        {"topic", "Its topic.", text},
        {"event_type", "The type of its event.", text},
        {"source", "Who could not deliver it.", text},
        {"since", "Received then or later.", moment},
        {"until", "Received before.", moment}};
}

}  // namespace

void add_letter_routes(route_table& table, std::string store_path, store::writer& writer,
                       std::function<void()> wake_sweeper) {
    route_group<letter_context> group{table, {std::move(store_path), writer, std::move(wake_sweeper)}};
    const std::string prefix{letter_path_prefix};
    auto listing = filter_parameters();
    listing.push_back({"limit", "At most so many.",
                       R"({"type":"integer","minimum":1,"maximum":)" + std::to_string(most_letters) +
                           R"(,"default":)" + std::to_string(letters_listed) + "}"});
    auto changing = filter_parameters();
    changing.push_back({"all", "All letters are meant, where there is no filter.", R"({"type":"boolean"})"});
    auto discarding = changing;
    discarding.push_back({"reason", "Why they are discarded.", R"({"type":"string"})"});
    group.add("GET", "/v1/dead-letters", list_letters,
              {"list_dead_letters",
               "Lists dead letters, the newest first.",
               {},
               std::move(listing),
               "",
               {{200, "The letters, without payloads.", "letters"}},
               {400}});
    group.add("GET", prefix, show_letter,
              {"read_dead_letter",
               "Tells a dead letter with its payload and history.",
               {{"id", "The letter's number.", R"({"type":"integer"})"}},
               {},
               "",
               {{200, "The letter.", "letter"}},
               {400, 404}});
    group.add("GET", prefix + "stats", letter_stats,
              {"count_dead_letters",
               "Counts dead letters by topic and state.",
               {},
               {},
               "",
               {{200, "The totals.", "letter_totals"}},
               {}});
    group.add("POST", prefix + "retry", retry_letters,
              {"retry_dead_letters",
               "Has dead letters tried again now.",
               {},
               std::move(changing),
               "",
               {{200, "How many.", "scheduled"}},
               {400}});
    group.add("POST", prefix + "discard", discard_letters,
              {"discard_dead_letters",
               "Discards dead letters.",
               {},
               std::move(discarding),
               "",
               {{200, "How many.", "discarded"}},
               {400}});
}

}  // namespace tapes::api
