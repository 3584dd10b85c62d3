#include "routes/asked.hpp"
#include "routes/attachment.hpp"
#include "routes/caching.hpp"
#include "routes/exchange_body.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/read/json.hpp>
#include <tapes/store/wire_reader.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t exchanges_usual = 50;
constexpr std::size_t exchanges_most = 500;
/// So many exchanges are looked at for one page; where no more are chosen, the next page goes on behind them.
constexpr std::size_t exchanges_looked_at = 2'000;
/// Behind its end an answer may still be followed for what comes late (capture::sequel).
constexpr std::chrono::hours surely_whole{1};

struct exchange_choice {
    std::optional<std::int64_t> since_us, until_us;
    std::string session, api, provider, model, agent, project, caller;
    bool dropped = false, errors = false;

    bool takes(const read::exchange& one) const {
        const auto is = [](const std::string& wanted, const std::string& given) {
            return wanted.empty() || wanted == given;
        };
        return (!since_us || one.accepted_at_us >= *since_us) &&
               (!until_us || one.accepted_at_us < *until_us) && one.session.starts_with(session) &&
               is(api, one.api) && is(provider, one.provider) && is(model, one.model) &&
               is(agent, one.agent_name.empty() ? one.program : one.agent_name) && is(project, one.project) &&
               is(caller, one.caller) && (!dropped || !one.drop_reason.empty()) &&
               (!errors || one.status >= 400 || one.status == 0);
    }
};

exchange_choice exchange_choice_of(const asked& from) {
    exchange_choice made;
    made.since_us = from.moment("since");
    made.until_us = from.moment("until");
    made.session = from.text("session");
    made.api = from.text("api");
    made.provider = from.text("provider");
    made.model = from.text("model");
    made.agent = from.text("agent");
    made.project = from.text("project");
    made.caller = from.text("caller");
    made.dropped = from.flag("dropped");
    made.errors = from.flag("errors");
    return made;
}

response list_exchanges(const asked& from, record& record) {
    const auto choice = exchange_choice_of(from);
    const auto limit = from.number("limit", exchanges_usual, 1, exchanges_most);
    const auto cursor = cursor_of(from, 1);
    const auto end = static_cast<std::int64_t>(record.nodes().last_seq()) + 1;
    auto seq = cursor ? std::min(cursor->front(), end) : end;
    auto all = read::ordered_json::array();
    for (std::size_t looked = 0; seq > 1 && looked < exchanges_looked_at && all.size() < limit; ++looked) {
        const auto one = record.from().find_exchange(--seq);
        if (one && choice.takes(*one)) {
            all.push_back(read::entry_json(*one));
        }
    }
    const auto next = seq > 1 ? read::ordered_json(std::to_string(seq)) : read::ordered_json(nullptr);
    return {200, read::dumped({{"exchanges", std::move(all)}, {"next", next}}) + "\n"};
}

bool is_sealed(const read::exchange& one) {
    const auto now = std::chrono::system_clock::now() - surely_whole;
    return one.last_byte_at_us != 0 &&
           one.last_byte_at_us <
               std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
}

/// Other bytes of an exchange have another tag: they only ever become more.
std::string tag_of(const read::exchange& one, std::string_view part) {
    return "\"" + one.id + "-" + std::to_string(one.request_bytes) + "-" +
           std::to_string(one.response_bytes) + "-" + std::to_string(one.last_byte_at_us) + "-" +
           std::string{part} + "\"";
}

/// What is named by its number, or by the beginning of its UUID, may mean another exchange later.
freshness freshness_of(const read::exchange& one, std::string_view name) {
    return is_sealed(one) && name == one.id ? freshness::forever : freshness::ask;
}

/// The lines of a head, as they were kept.
read::ordered_json head_json(std::string_view head) {
    auto fields = read::ordered_json::array();
    std::string_view first;
    for (bool begun = false; !head.empty(); begun = true) {
        const auto end = head.find('\n');
        auto line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!begun) {
            first = line;
            continue;
        }
        const auto colon = line.find(':');
        if (line.empty() || colon == std::string_view::npos) {
            continue;
        }
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        fields.push_back({{"name", line.substr(0, colon)}, {"value", value}});
    }
    return {{"line", first}, {"fields", std::move(fields)}};
}

read::ordered_json side_json(const std::string& path, const char* side,
                             const store::kept_about::side& about) {
    auto made = head_json(about.head);
    made["kept_bytes"] = about.body_bytes;
    made["content_encoding"] = http::joined_values(about.head, "content-encoding");
    made["decoded_in_store"] = about.decoded;
    made["body"] = path + "/" + side;
    return made;
}

response show_exchange(const asked& from, record& record) {
    const auto one = exchange_meant(record, from.path("id"));
    // Its cost changes with the prices, and its session with what is recorded later.
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    auto made = read::entry_json(one);
    made["project"] = one.project.empty() ? read::ordered_json(nullptr) : read::ordered_json(one.project);
    made["agent"] = one.agent_name.empty() ? read::ordered_json(nullptr) : read::ordered_json(one.agent_name);
    if (const auto details = read::find_exchange_details(record.from(), one.seq)) {
        made.update(read::exchange_details_json(*details));
    }
    const auto node = one.head == 0 ? std::nullopt : record.from().chains.row(one.head);
    made["head"] = node ? read::ordered_json(merkle::to_hex(node->hash)) : read::ordered_json(nullptr);
    const auto wire = record.wire().about(one.seq);
    const auto path = "/v1/exchanges/" + one.id;
    made["request"] = made["response"] = nullptr;
    if (wire) {
        made["request"] = side_json(path, "request", wire->request);
        made["response"] = side_json(path, "response", wire->response);
    }
    return tagged({200, read::dumped(made) + "\n"}, tag, freshness::ask);
}

/// The first bytes of a body; the rest stays in it.
std::string first_of(long_body& body, record& from) {
    std::string first;
    while (body.left() > 0 && first.size() < long_body_piece) {
        body.read(from, first, long_body_piece - first.size());
    }
    return first;
}

response show_body(const asked& from, record& record, body_side wanted) {
    const auto one = exchange_meant(record, from.path("id"));
    const bool decode = from.flag("decoded");
    const std::string side = wanted == body_side::request ? "request" : "response";
    const auto tag = tag_of(one, side + (decode ? "-decoded" : ""));
    const auto fresh = freshness_of(one, from.path("id"));
    if (auto known = not_modified(from.received(), tag, fresh)) {
        return *std::move(known);
    }
    auto body = open_body(record, one.seq, wanted, decode);
    if (!body) {
        throw refusal{404, "the bytes of this exchange were not kept (record.wire)"};
    }
    auto first = first_of(*body->bytes, record);
    std::shared_ptr<long_body> rest;
    if (body->bytes->left() > 0) {
        rest = std::move(body->bytes);
    }
    return tagged(image_or_attachment(std::move(first), std::move(rest), one.id + "-" + side,
                                      http::find_value(body->head, "content-type")),
                  tag, fresh);
}

response request_body(const asked& from, record& record) {
    return show_body(from, record, body_side::request);
}

response response_body(const asked& from, record& record) {
    return show_body(from, record, body_side::response);
}

route_about body_about(const std::string& name, const std::string& text, const parameter_about& id) {
    return {name,
            text,
            {id},
            {flag_about("decoded", "Content codings are undone.")},
            "",
            {{200, "The bytes, as they were kept.", "", "application/octet-stream"},
             {200, "The bytes, as they were kept.", "", "image/png"},
             {200, "The bytes, as they were kept.", "", "image/jpeg"},
             {200, "The bytes, as they were kept.", "", "image/gif"},
             {200, "The bytes, as they were kept.", "", "image/webp"},
             {304, "They are as they were.", "", ""}},
            {400, 404, 409, 422, 503}};
}

}  // namespace

void add_exchange_routes(route_table& table) {
    const auto id = text_about("id", "The exchange's UUID or a unique beginning of it, or its `seq`.");
    add_reading(
        table, "/v1/exchanges",
        {"list_exchanges",
         "Lists exchanges, the newest first. A page may hold fewer than `limit`, also none, and have a next "
         "one.",
         {},
         {moment_about("since", "Accepted then or later."), moment_about("until", "Accepted before."),
          text_about("session", "The beginning of the session's name, as the client gave it."),
          text_about("api", "Its whole name."), text_about("provider", "Its whole name."),
          text_about("model", "The model that was asked for, whole."), text_about("agent", "Its whole name."),
          text_about("project", "Its whole name."), text_about("caller", "Its whole name."),
          flag_about("dropped", "Only exchanges that gave no turn."),
          flag_about("errors", "Only exchanges with a status of 400 or more, or none."),
          limit_about(exchanges_usual, exchanges_most), cursor_about()},
         "",
         {{200, "A page of exchanges.", "exchanges"}},
         {400, 503}},
        list_exchanges);
    add_brief_reading(table, "/v1/exchanges/{id}",
                      {"read_exchange",
                       "Tells an exchange with its heads, as they were recorded.",
                       {id},
                       {},
                       "",
                       {{200, "The exchange.", "exchange_with_heads"}, {304, "It is as it was.", "", ""}},
                       {400, 404, 409, 503}},
                      show_exchange);
    add_reading(table, "/v1/exchanges/{id}/request",
                body_about("read_request_body", "Returns the body of an exchange's request.", id),
                request_body);
    add_reading(table, "/v1/exchanges/{id}/response",
                body_about("read_response_body", "Returns the body of an exchange's answer.", id),
                response_body);
}

}  // namespace tapes::api
