#include "access/open_record.hpp"
#include "commands/counted.hpp"
#include "commands/meant.hpp"
#include "commands/moments.hpp"
#include "commands/transcript_text.hpp"
#include "screen/figures.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/catalogue/names.hpp>
#include <tapes/read/ids.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/usage.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

/// What is shown: chains one after the other, and what stands above them.
struct shown_part {
    read::transcript_request request;
    std::optional<read::begun_thread> thread{};
};

struct shown_parts {
    std::optional<catalogue::session> session;
    std::optional<read::exchange> exchange;  ///< alone, for it has no chain
    std::vector<shown_part> chains;
};

read::block_limits limits_of(const shown_record& options) {
    read::block_limits limits;
    if (options.tools || options.json) {
        limits.tool_bytes = limits.text_bytes;
    }
    return limits;
}

void take_turn(shown_part& part, std::uint64_t turn) {
    if (turn != 0) {
        part.request.first_turn = part.request.last_turn = turn;
    }
}

/// The threads of a session that are shown: the chosen one, else the main ones, else the first.
void add_threads(read::sources& from, const shown_record& options, shown_parts& to) {
    const auto& session = *to.session;
    const auto threads = from.catalogue->threads(session.id);
    if (options.thread > threads.size()) {
        throw std::runtime_error{"the session has " + counted(threads.size(), "thread")};
    }
    for (std::size_t i = 0; i < threads.size(); ++i) {
        const bool main = threads[i].kind == catalogue::thread_kind::main;
        if (options.thread == 0 ? main : i + 1 == options.thread) {
            to.chains.push_back({{}, read::numbered_thread(threads, i)});
        }
    }
    if (to.chains.empty() && !threads.empty()) {
        to.chains.push_back({{}, read::numbered_thread(threads, 0)});
    }
    if (to.chains.empty()) {
        to.chains.emplace_back();
    }
    for (auto& chain : to.chains) {
        chain.request.session = session.id;
        if (chain.thread) {
            chain.request.head = chain.thread->thread.head;
            chain.request.thread = chain.thread->thread.id;
        }
    }
    // What gave no turn belongs to no thread: it is told once, with the last of the main ones.
    to.chains.back().request.dropped = options.thread == 0 || options.thread == 1;
}

std::uint64_t answers_in(read::sources& from, std::int64_t head) {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(from.chains.chain(head), &store::chain_link::answer));
}

void add_exchange(read::sources& from, std::int64_t seq, shown_parts& to) {
    auto found = from.find_exchange(seq);
    if (!found || found->head == 0) {
        to.exchange = std::move(found);
        return;
    }
    shown_part part;
    part.request.head = found->head;
    const auto row = from.chains.chain(found->head);
    const auto turns = answers_in(from, found->head);
    take_turn(part, !row.empty() && row.back().answer ? turns : turns + 1);
    to.chains.push_back(std::move(part));
    to.session = from.catalogue->session_of_exchange(seq);
}

shown_parts parts_of(read::sources& from, const read::named& meant, const shown_record& options) {
    shown_parts parts;
    if (meant.kind != read::named_kind::session && options.thread != 0) {
        throw usage_error{"--thread needs a session, and \"" + options.id + "\" is " +
                          (meant.kind == read::named_kind::node ? "a node" : "an exchange")};
    }
    switch (meant.kind) {
        case read::named_kind::session:
            parts.session = from.catalogue->session_by_id(meant.id);
            add_threads(from, options, parts);
            break;
        case read::named_kind::exchange:
            add_exchange(from, meant.id, parts);
            break;
        default:
            parts.chains.emplace_back();
            parts.chains.back().request.head = meant.id;
            break;
    }
    for (auto& chain : parts.chains) {
        chain.request.limits = limits_of(options);
        take_turn(chain, options.turn);
    }
    return parts;
}

void write_field(printer& out, const screen& to, words label, std::string_view text) {
    if (!text.empty()) {
        constexpr std::size_t label_width = 9;
        out << to.look.dim() << left(label_width, label.text) << to.look.plain()
            << fitted(one_line(text), to.width == 0 ? 0 : to.width - label_width) << "\n";
    }
}

std::string joined(std::initializer_list<std::string> parts) {
    std::string made;
    for (const auto& part : parts) {
        made += part.empty() ? "" : (made.empty() ? "" : ", ") + part;
    }
    return made;
}

std::string tokens_line(const catalogue::token_sums& tokens) {
    return joined({grouped(tokens.input) + " input", grouped(tokens.cache_read) + " cache read",
                   grouped(tokens.written()) + " cache write",
                   grouped(tokens.output) + " output" +
                       (tokens.reasoning == 0 ? "" : " (" + grouped(tokens.reasoning) + " reasoning)")});
}

/// "1 side, 2 main, 3 subagent": the numbers that --thread takes; "" of one thread.
std::string threads_line(const std::vector<catalogue::thread>& threads) {
    constexpr std::size_t most_told = 12;
    std::string made;
    for (std::size_t i = 0; i < std::min(threads.size(), most_told) && threads.size() > 1; ++i) {
        made += (i == 0 ? "" : ", ") + std::to_string(i + 1) + " " +
                std::string{catalogue::to_string(threads[i].kind)};
    }
    return threads.size() <= most_told ? made : made + ", …";
}

void write_header(printer& out, const screen& to, const catalogue::session& one,
                  const std::vector<catalogue::thread>& threads, const read::cost& price) {
    out << to.look.bold() << "session  " << one.name << to.look.plain() << "\n";
    write_field(out, to, "title", one.title);
    write_field(out, to, "from",
                joined({one.agent_name, one.client, one.project.empty() ? "" : "project " + one.project,
                        one.caller.empty() ? "" : "caller " + one.caller,
                        one.parent_name.empty() ? "" : "begun by " + one.parent_name}));
    write_field(out, to, "model", joined({one.model, one.provider}));
    write_field(out, to, "time", shown_moment(one.first_at_us) + " to " + shown_moment(one.last_end_us));
    write_field(out, to, "turns",
                joined({std::to_string(one.turns) + " in " + counted(one.threads, "thread"),
                        one.errors == 0 ? "" : counted(one.errors, "error"),
                        one.dropped == 0 ? "" : counted(one.dropped, "exchange") + " without a turn"}));
    write_field(out, to, "threads", threads_line(threads));
    write_field(out, to, "tokens", tokens_line(one.tokens));
    write_field(out, to, "cost", dollars(price) + (price.partial() ? " (partial: not all has a price)" : ""));
}

void write_thread_header(printer& out, const screen& to, const read::begun_thread& one) {
    out << "\n"
        << to.look.yellow() << "thread " << one.number << " (" << catalogue::to_string(one.thread.kind)
        << ")";
    if (one.continues_number != 0) {
        out << ", goes on from a summary of thread " << one.continues_number;
    }
    out << to.look.plain() << "\n";
}

/// Messages as the store holds them, a line each, of any size.
void write_raw(read::sources& from, const read::transcript_request& request, printer& out) {
    std::uint64_t turn = 1;
    for (const auto& link : from.chains.chain(request.head)) {
        const auto now = turn;
        turn += link.answer ? 1 : 0;
        const auto row =
            now < request.first_turn || now > request.last_turn ? std::nullopt : from.chains.row(link.node);
        if (!row) {
            continue;
        }
        std::string head = "{\"hash\":\"" + merkle::to_hex(row->hash) + "\",\"role\":";
        text::append_json_string(head, row->role);
        out.bytes() << head << ",\"content\":";
        from.chains.content(link.node, [&out](std::string_view piece) {
            out.bytes() << piece;
            return !out.gone();
        });
        out.bytes() << "}\n";
        if (out.gone()) {
            return;
        }
    }
}

void write_json_parts(read::sources& from, const shown_parts& parts, printer& out) {
    for (const auto& part : parts.chains) {
        if (part.thread) {
            out.json(read::dumped(read::entry_json(*part.thread)));
        }
        read::transcript told{from, part.request};
        for (auto one = told.next(); one && !out.gone(); one = told.next()) {
            out.json(read::dumped(read::entry_json(*one)));
        }
    }
}

void write_text_parts(read::sources& from, const shown_parts& parts, const shown_record& options,
                      const screen& to, printer& out) {
    transcript_text text{out, to, options};
    for (const auto& part : parts.chains) {
        if (part.thread && (parts.chains.size() > 1 || options.thread != 0)) {
            write_thread_header(out, to, *part.thread);
        }
        read::transcript told{from, part.request};
        for (auto one = told.next(); one && !out.gone(); one = told.next()) {
            text.write(*one);
        }
    }
}

/// Throws where a chain has no such turn.
void check_turn(read::sources& from, const shown_parts& parts, std::uint64_t turn) {
    if (turn == 0) {
        return;
    }
    std::uint64_t most = 0;
    for (const auto& part : parts.chains) {
        most = std::max(most, answers_in(from, part.request.head));
    }
    if (turn > most) {
        throw std::runtime_error{"there is no turn " + std::to_string(turn) + "; the last is " +
                                 std::to_string(most)};
    }
}

}  // namespace

int show_record(const config::settings& settings, const shown_record& options, printer& out, printer& err) {
    open_record record{settings};
    auto& from = record.from();
    const auto meant = find_meant(from, options.id, err);
    if (!meant) {
        return 1;
    }
    const auto parts = parts_of(from, *meant, options);
    check_turn(from, parts, options.turn);
    const auto to = screen_of(out, options.screen);
    const pager reader{out, options.screen};
    if (options.raw) {
        for (const auto& part : parts.chains) {
            write_raw(from, part.request, out);
        }
        return 0;
    }
    const bool whole = meant->kind == read::named_kind::session && options.turn == 0 && options.thread == 0;
    if (parts.session && (whole || options.json)) {
        const auto id = parts.session->id;
        const auto price = read::usage_of_sessions(*from.catalogue, record.prices(), {id})[id].price;
        options.json ? out.json(read::dumped(read::session_json(*parts.session, price)))
                     : write_header(out, to, *parts.session, from.catalogue->threads(id), price);
    }
    if (parts.exchange) {
        options.json ? out.json(read::dumped(read::entry_json(*parts.exchange)))
                     : transcript_text{out, to, options}.write(read::entry{*parts.exchange});
    }
    options.json ? write_json_parts(from, parts, out) : write_text_parts(from, parts, options, to, out);
    return 0;
}

}  // namespace tapes::app
