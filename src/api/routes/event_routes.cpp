#include "live/event_stream.hpp"
#include "routes/query.hpp"
#include "routes/refusal.hpp"

#include <tapes/api/event_routes.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

/// "exchange,partial"
void choose_kinds(live::event_filter& filter, std::string_view kinds) {
    filter.exchanges = filter.nodes = filter.partials = false;
    while (!kinds.empty()) {
        const auto end = std::min(kinds.find(','), kinds.size());
        const auto kind = live::kind_from(kinds.substr(0, end));
        if (kind == live::event_kind::exchange) {
            filter.exchanges = true;
        } else if (kind == live::event_kind::node) {
            filter.nodes = true;
        } else if (kind == live::event_kind::partial) {
            filter.partials = true;
        } else {
            throw refusal{400, "kinds of events are exchange, node and partial, separated by commas"};
        }
        kinds.remove_prefix(std::min(end + 1, kinds.size()));
    }
}

struct event_query {
    live::event_filter filter;
    std::string last_id;
};

event_query read_event_query(const request& asked) {
    event_query made;
    made.last_id = asked.field("last-event-id");
    auto& filter = made.filter;
    const auto pairs = query_pairs(asked.query);
    for (auto one = pairs.begin(); one != pairs.end(); ++one) {
        const auto& [name, value] = *one;
        if (std::any_of(pairs.begin(), one, [&](const auto& other) { return other.first == name; })) {
            throw refusal{400, "the parameter " + name + " must be given once"};
        }
        if (name == "after" && !value.empty() && !live::is_event_id(value)) {
            throw refusal{400, "the parameter after must be an id of an event, or the number of a row"};
        }
        if (name == "kinds") {
            choose_kinds(filter, value);
        } else if (name == "after" && made.last_id.empty()) {
            made.last_id = value;  // an EventSource that connects again sends where it was
        } else if (name == "project") {
            filter.project = value;
        } else if (name == "agent") {
            filter.agent = value;
        } else if (name == "session") {
            filter.session = value;
        } else if (name == "provider") {
            filter.provider = value;
        } else if (name == "model") {
            filter.model = value;
        } else if (name != "after") {
            throw refusal{400, "there is no parameter " + name};
        }
    }
    return made;
}

route_about about_events() {
    constexpr const char* text = R"({"type":"string"})";
    route_about about;
    about.name = "follow_events";
    about.text =
        "Tells what happens in the record, as server-sent events: first the state, then exchanges and nodes "
        "as they are committed, and answers that are still coming. Last-Event-ID goes on behind an event.";
    about.query = {
        {"kinds",
         "Which events are sent: exchange, node, partial, separated by commas. Without it exchange "
         "and node.",
         text},
        {"after",
         "An id of an event, or the number of a row of the log (0: all of it), for who cannot send "
         "Last-Event-ID.",
         text},
        {"project", "Only of this project.", text},
        {"agent", "Only of this agent.", text},
        {"session", "Only of the session of this name.", text},
        {"provider", "Only of this provider.", text},
        {"model", "Only of this model, requested or answering.", text},
    };
    about.answers = {{200, "Events until the client leaves or the process ends.", "", "text/event-stream"}};
    about.problems = {400};
    return about;
}

}  // namespace

void add_event_routes(route_table& table, live::hub& events) {
    route made;
    made.method = "GET";
    made.path = "/v1/events";
    made.about = about_events();
    made.follow = [&events](const request& asked, record&) {
        const auto query = read_event_query(asked);
        stream_response answer;
        answer.body = event_stream::open(events, query.filter, query.last_id);
        if (!answer.body) {
            answer.head =
                error_response(503, "too many read events, or the process is about to end: try again");
            answer.head.fields.emplace_back("Retry-After", "5");
            return answer;
        }
        answer.head.content_type = "text/event-stream; charset=utf-8";
        return answer;
    };
    made.brief = true;
    table.add(std::move(made));
}

}  // namespace tapes::api
