#include "routes/asked.hpp"
#include "routes/caching.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/transcript_page.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t turns_usual = 20;
constexpr std::size_t turns_most = 200;
/// A page ends with the entry that reaches this.
constexpr std::size_t page_bytes = std::size_t{4} << 20;
constexpr std::size_t page_entries = 4096;

constexpr read::block_limits page_limits{std::size_t{64} << 10, 4096, std::size_t{1} << 20, 1024};

[[noreturn]] void refuse_cursor() {
    throw std::invalid_argument{"the parameter cursor must be `next` of the page before"};
}

read::page_start start_of(const asked& from) {
    read::page_start made;
    made.turn = from.number("from", 1, 1, std::numeric_limits<std::int64_t>::max());
    if (from.has("cursor")) {
        const auto cursor = read::page_start_from(from.text("cursor"));
        if (!cursor) {
            refuse_cursor();
        }
        made = *cursor;
    }
    return made;
}

/// Writes a page of a chain's transcript, with what stands above it.
response page_of(const asked& from, record& record, read::transcript_request request,
                 read::ordered_json above) {
    const auto start = start_of(from);
    const auto count = from.number("turns", turns_usual, 1, turns_most);
    const auto most_told = from.number("text_bytes", page_limits.text_bytes, 0, page_limits.text_bytes);
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    if (start.head != 0 && !read::go_on_at(record.from(), start, request)) {
        refuse_cursor();
    }
    request.limits = page_limits;
    request.limits.text_bytes = std::min(most_told, request.limits.text_bytes);
    request.limits.tool_bytes = std::min(most_told, request.limits.tool_bytes);
    read::transcript_page told{record.from(), request, start, count};
    std::string entries = "[";
    std::uint64_t counted = 0;
    while (auto one = told.next()) {
        if (entries.size() > page_bytes || counted == page_entries) {
            told.end_before_last();
            break;
        }
        entries.append(counted == 0 ? "" : ",").append(read::dumped(read::entry_json(*one)));
        ++counted;
    }
    const auto next = told.next_place();
    above["turns"] = told.turns();
    above["next"] = next.empty() ? read::ordered_json(nullptr) : read::ordered_json(next);
    auto body = read::dumped(above);
    body.insert(body.size() - 1, ",\"entries\":" + entries + "]");
    return tagged({200, body + "\n"}, tag, freshness::ask);
}

response session_transcript(const asked& from, record& record) {
    const auto session = session_meant(record, from.path("id"));
    const auto threads = catalogue_of(record).threads(session.id);
    auto number = from.number("thread", 0, 1, std::numeric_limits<std::int64_t>::max());
    if (number > threads.size()) {
        throw refusal{404, "the session has no thread " + std::to_string(number)};
    }
    if (number == 0 && !threads.empty()) {
        const auto main = std::ranges::find(threads, catalogue::thread_kind::main, &catalogue::thread::kind);
        number = main == threads.end() ? 1 : static_cast<std::uint64_t>(main - threads.begin()) + 1;
    }
    read::transcript_request request;
    request.session = session.id;
    request.head = session.head;
    if (number != 0) {
        request.thread = threads[number - 1].id;
        request.head = threads[number - 1].head;
    }
    request.dropped = from.flag("dropped");
    return page_of(from, record, request,
                   {{"session", session.name},
                    {"thread", number == 0 ? read::ordered_json(nullptr) : read::ordered_json(number)}});
}

response chain_transcript(const asked& from, record& record) {
    const auto node = node_meant(record, from.path("hash"));
    read::transcript_request request;
    request.head = node.id;
    return page_of(from, record, request, {{"hash", merkle::to_hex(node.hash)}, {"node", node.id}});
}

std::vector<parameter_about> page_parameters() {
    return {
        {"from", "The first turn of the page.", R"({"type":"integer","minimum":1,"default":1})"},
        {"turns", "At most so many turns.", R"({"type":"integer","minimum":1,"maximum":200,"default":20})"},
        cursor_about(),
        {"text_bytes", "Of the text of a block at most so many bytes are told.",
         R"({"type":"integer","minimum":0,"maximum":65536,"default":65536})"}};
}

}  // namespace

void add_transcript_routes(route_table& table) {
    auto of_session = page_parameters();
    of_session.push_back({"thread", "The number of a thread of the session; else the first main one.",
                          R"({"type":"integer","minimum":1})"});
    of_session.push_back(flag_about("dropped", "Exchanges that gave no turn are told, where they happened."));
    const std::string text =
        " in pages of turns: messages in typed blocks, behind an answer the exchanges that gave it, threads "
        "and "
        "branches where they begin. A page ends earlier at 4 MiB. Of what is long the beginning is told: the "
        "rest is at /v1/nodes/{node}/blocks/{place}.";
    add_reading(table, "/v1/sessions/{id}/transcript",
                {"read_session_transcript",
                 "Tells what was said in a thread of a session," + text,
                 {text_about("id", "As for the session.")},
                 std::move(of_session),
                 "",
                 {{200, "A page of the transcript.", "session_transcript"},
                  {304, "Nothing was recorded since.", "", ""}},
                 {400, 404, 409, 503}},
                session_transcript);
    add_reading(table, "/v1/chains/{hash}/transcript",
                {"read_chain_transcript",
                 "Tells what was said from the root of a chain up to a node," + text,
                 {text_about("hash", "The node's hash, or its number in the store.")},
                 page_parameters(),
                 "",
                 {{200, "A page of the transcript.", "chain_transcript"},
                  {304, "Nothing was recorded since.", "", ""}},
                 {400, 404, 503}},
                chain_transcript);
}

}  // namespace tapes::api
