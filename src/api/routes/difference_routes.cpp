#include "routes/asked.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"

#include <tapes/read/difference.hpp>
#include <tapes/read/exchange_difference.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/session_difference.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t messages_usual = 50;
constexpr std::size_t messages_most = 500;
/// A page of messages ends with the one that reaches this.
constexpr std::size_t difference_bytes = std::size_t{4} << 20;

/// Both sides that are to be compared.
struct two_names {
    explicit two_names(const asked& from) : left{from.text("left")}, right{from.text("right")} {
        if (left.empty() || right.empty()) {
            throw std::invalid_argument{"the parameters left and right are required"};
        }
    }
    std::string left, right;
};

read::text_unit unit_of(const asked& from) {
    const auto given = from.text("unit");
    if (!given.empty() && given != "words" && given != "lines") {
        throw std::invalid_argument{"the parameter unit must be words or lines"};
    }
    return given == "lines" ? read::text_unit::lines : read::text_unit::words;
}

response compare_two_chains(const asked& from, record& record) {
    const two_names names{from};
    read::difference_request request;
    request.left = node_meant(record, names.left).id;
    request.right = node_meant(record, names.right).id;
    request.unit = unit_of(from);
    request.after = from.text("cursor");
    const auto limit = from.number("limit", messages_usual, 1, messages_most);
    read::chain_difference told{record.from(), request};
    auto made = read::chain_difference_json(told);
    std::string messages = "[";
    std::string place;
    bool more = false;
    for (std::size_t count = 0;; ++count) {
        const auto one = told.next();
        if (!one) {
            break;
        }
        if (count == limit || messages.size() > difference_bytes) {
            more = true;
            break;
        }
        messages.append(count == 0 ? "" : ",").append(read::dumped(read::message_difference_json(*one)));
        place = told.place();
    }
    made["next"] = more ? read::ordered_json(place) : read::ordered_json(nullptr);
    auto body = read::dumped(made);
    body.insert(body.size() - 1, ",\"messages\":" + messages + "]");
    return {200, body + "\n"};
}

response compare_two_exchanges(const asked& from, record& record) {
    const two_names names{from};
    const auto left = exchange_meant(record, names.left);
    const auto right = exchange_meant(record, names.right);
    const auto told = read::compare_exchanges(record.from(), left.seq, right.seq, unit_of(from));
    if (!told) {
        throw refusal{404, "one of the exchanges is not there any more"};
    }
    auto made = read::exchange_comparison_json(*told);
    made["parts"] = read::ordered_json::array();
    for (const auto& part : told->parts) {
        made["parts"].push_back(read::part_difference_json(part));
    }
    made["answer"] =
        told->answer ? read::message_difference_json(*told->answer) : read::ordered_json(nullptr);
    return {200, read::dumped(made) + "\n"};
}

response compare_two_sessions(const asked& from, record& record) {
    const two_names names{from};
    const auto left = session_meant(record, names.left);
    const auto right = session_meant(record, names.right);
    const auto told = read::compare_sessions(record.from(), record.prices(), left.id, right.id);
    if (!told) {
        throw refusal{404, "one of the sessions is not there any more"};
    }
    auto made = read::session_comparison_json(*told);
    made["threads"] = read::ordered_json::array();
    for (const auto& thread : told->threads) {
        made["threads"].push_back(read::thread_comparison_json(thread));
    }
    return {200, read::dumped(made) + "\n"};
}

}  // namespace

void add_difference_routes(route_table& table) {
    const parameter_about unit{"unit", "What texts are compared by.",
                               R"({"type":"string","enum":["words","lines"],"default":"words"})"};
    const auto node = [](const char* name) {
        return text_about(name, "The hash of the last node of a chain, or its number in the store.");
    };
    add_reading(
        table, "/v1/differences/chains",
        {"compare_chains",
         "Compares two chains: what they have in common at their beginning, by hash, and then message by "
         "message.",
         {},
         {node("left"), node("right"), unit, limit_about(messages_usual, messages_most), cursor_about()},
         "",
         {{200, "A page of messages.", "chain_difference"}},
         {400, 404, 503}},
        compare_two_chains);
    const auto exchange = [](const char* name) { return text_about(name, "As for the exchange."); };
    add_reading(table, "/v1/differences/exchanges",
                {"compare_exchanges",
                 "Compares two exchanges: heads, the parts of the requests, the answers.",
                 {},
                 {exchange("left"), exchange("right"), unit},
                 "",
                 {{200, "What differs.", "exchange_difference"}},
                 {400, 404, 409, 503}},
                compare_two_exchanges);
    const auto session = [](const char* name) { return text_about(name, "As for the session."); };
    add_reading(table, "/v1/differences/sessions",
                {"compare_sessions",
                 "Sets the figures, tools and threads of two sessions side by side.",
                 {},
                 {session("left"), session("right")},
                 "",
                 {{200, "Both sessions.", "session_difference"}},
                 {400, 404, 409, 503}},
                compare_two_sessions);
}

}  // namespace tapes::api
