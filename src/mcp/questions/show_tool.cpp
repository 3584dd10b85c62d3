#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/transcript_page.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <variant>

namespace tapes::mcp {

namespace {

constexpr std::size_t text_usual = 2000;
constexpr std::size_t text_most = 50'000;
constexpr std::uint64_t turns_most = 200;

std::uint64_t answers_in(read::sources& from, std::int64_t head) {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(from.chains.chain(head), &store::chain_link::answer));
}

/// What an id is told as, and what stands above it.
struct shown {
    read::transcript_request request;
    ordered_json above;
};

shown shown_session(const question& asked, std::int64_t id) {
    const auto session = asked.from.catalogue->session_by_id(id);
    const auto threads = asked.from.catalogue->threads(id);
    auto number = asked.given.number("thread", 0);
    if (number > threads.size()) {
        throw wrong_call{"the session has " + std::to_string(threads.size()) + " threads"};
    }
    if (number == 0 && !threads.empty()) {
        const auto main = std::ranges::find(threads, catalogue::thread_kind::main, &catalogue::thread::kind);
        number = main == threads.end() ? 1 : static_cast<std::uint64_t>(main - threads.begin()) + 1;
    }
    shown made;
    made.request.session = id;
    made.request.head = session ? session->head : 0;
    made.request.dropped = true;
    if (number != 0) {
        made.request.thread = threads[number - 1].id;
        made.request.head = threads[number - 1].head;
    }
    made.above = {{"session", session ? session->name : ""},
                  {"title", session ? session->title : ""},
                  {"thread", number == 0 ? ordered_json(nullptr) : ordered_json(number)},
                  {"threads", threads.size()}};
    return made;
}

shown shown_exchange(const question& asked, std::int64_t seq) {
    const auto exchange = asked.from.find_exchange(seq);
    shown made;
    made.above = {{"exchange", exchange ? exchange->id : ""}};
    if (!exchange || exchange->head == 0) {
        return made;
    }
    made.request.head = exchange->head;
    const auto row = asked.from.chains.chain(exchange->head);
    const auto turns = answers_in(asked.from, exchange->head);
    made.request.first_turn = !row.empty() && row.back().answer ? turns : turns + 1;
    return made;
}

shown shown_one(const question& asked, const read::named& one) {
    if (one.kind != read::named_kind::session && asked.given.has("thread")) {
        throw wrong_call{"the argument thread needs a session"};
    }
    switch (one.kind) {
        case read::named_kind::session:
            return shown_session(asked, one.id);
        case read::named_kind::exchange:
            return shown_exchange(asked, one.id);
        case read::named_kind::node:
            break;
    }
    shown made;
    made.request.head = one.id;
    made.above = {{"hash", one.name}};
    return made;
}

/// Where a cursor says that the transcript goes on, in a chain that may be shown.
read::page_start start_at(const question& asked, const std::string& cursor, shown& to) {
    const auto start = read::page_start_from(cursor);
    const auto head = start ? asked.from.chains.row(start->head) : std::nullopt;
    const bool allowed = start && (start->head == to.request.head || (head && asked.allows(head->project)));
    if (!allowed || !read::go_on_at(asked.from, *start, to.request)) {
        throw wrong_call{"the argument cursor must be `next` of the page before"};
    }
    return *start;
}

void drop_thinking(read::entry& entry) {
    if (auto* const message = std::get_if<read::message>(&entry)) {
        std::erase_if(message->said.blocks,
                      [](const read::block& one) { return one.kind == read::block_kind::thinking; });
    }
}

ordered_json told_page(const question& asked, shown part, const read::page_start& start) {
    const auto text_bytes = asked.given.number("text_bytes", text_usual);
    auto& request = part.request;
    request.limits.text_bytes = request.limits.tool_bytes = text_bytes + secret_margin;
    request.limits.message_bytes = 4 * most_answer_bytes + secret_margin;
    request.limits.blocks = 256;
    read::transcript_page told{asked.from, request, start, asked.given.number("turns", turns_most)};
    page entries{asked};
    while (auto one = told.next()) {
        if (!asked.given.flag("thinking")) {
            drop_thinking(*one);
        }
        if (!entries.add(read::entry_json(*one), text_bytes)) {
            told.end_before_last();
            break;
        }
    }
    auto made = std::move(part.above);
    clean(made, asked.scope, text_usual);
    made["turns"] = told.turns();
    made["entries"] = entries.take();
    made["next"] = next_json(told.next_place());
    return made;
}

}  // namespace

tool show_tool() {
    tool made{"show",
              "Show what was said",
              "Shows what was said in a session, up to a node, or in the turn of an exchange: messages in "
              "typed blocks, tool "
              "calls with their results, the exchanges behind them with tokens and cost, forks. In pages; of "
              "long texts "
              "the beginning, as much as text_bytes says.",
              {},
              {}};
    made.input = object_schema(
        {{"id", text_schema(id_about)},
         {"thread",
          number_schema("The number of a thread of a session; else the first main one.", 1, 1'000'000, 0)},
         {"turn", number_schema("The first turn of the page.", 1, 1'000'000'000, 0)},
         {"turns", number_schema("At most so many turns.", 1, turns_most, turns_most)},
         {"thinking", flag_schema("What was thought, too.")},
         {"text_bytes",
          number_schema("Of the text of a block at most so many bytes.", 1, text_most, text_usual)},
         {"cursor", text_schema("`next` of the page before; with the same id and thread.")}},
        {});
    made.output =
        paged_schema("entries", "Messages, exchanges, forks and threads, in their order.",
                     {{"turns", {{"type", "integer"}, {"description", "Answers in the whole chain."}}}});
    return made;
}

ordered_json show_answer(const question& asked) {
    const auto id = asked.given.text("id");
    auto part = shown_one(asked, find_one(asked, id.empty() ? "@" : id));
    if (part.request.head == 0 && part.request.session == 0) {
        const auto exchange = asked.from.find_exchange(find_one(asked, id).id);
        page entries{asked};
        if (exchange) {
            entries.add(read::entry_json(read::entry{*exchange}));
        }
        return {{"turns", 0}, {"entries", entries.take()}, {"next", nullptr}};
    }
    read::page_start start{part.request.head, std::max<std::uint64_t>(part.request.first_turn, 1), 0};
    if (asked.given.has("turn")) {
        start.turn = asked.given.number("turn", 1);
    }
    if (const auto cursor = asked.given.text("cursor"); !cursor.empty()) {
        start = start_at(asked, cursor, part);
    }
    return told_page(asked, std::move(part), start);
}

}  // namespace tapes::mcp
