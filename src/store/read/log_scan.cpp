#include "file/readable.hpp"
#include "file/row_values.hpp"
#include "read/log_end.hpp"

#include <tapes/store/log_scan.hpp>
#include <tapes/store/store.hpp>
#include <tapes/text/hex.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>

namespace tapes::store {

namespace {

constexpr const char* scanned_rows_query =
    "SELECT l.seq, l.kind, l.first_node, l.last_node, l.at, e.id, e.accepted_at, e.last_byte_at, e.session,"
    " e.parent_session, e.agent_id, e.parent_agent_id, e.project, e.agent, e.program, e.client, e.caller,"
    " e.provider, e.api, e.model, e.response_model, e.stop_reason, e.status, e.head, e.end_reason,"
    " e.drop_reason, e.prompt_tokens, e.completion_tokens, e.total_tokens, e.cache_creation_input_tokens,"
    " e.cache_read_input_tokens, e.total_duration_ns, e.prompt_duration_ns, e.reasoning_tokens,"
    " e.cache_write_5m_tokens, e.cache_write_1h_tokens, e.answer_of"
    " FROM log l LEFT JOIN exchange e ON l.kind IN (1, 4) AND e.id = l.ref"
    " WHERE l.seq > ?1 ORDER BY l.seq LIMIT ?2";

constexpr const char* scanned_nodes_query =
    "SELECT id, parent, root, role, model, provider, agent, project, stop_reason, prompt_tokens,"
    " completion_tokens, total_tokens, cache_creation_input_tokens, cache_read_input_tokens,"
    " total_duration_ns, prompt_duration_ns, created_at, hash, content"
    " FROM node WHERE id BETWEEN ?1 AND ?2 ORDER BY id";

template <class Names>
std::size_t place_of_name(const Names& names, const std::string& name, std::size_t otherwise) {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? otherwise : static_cast<std::size_t>(found - names.begin());
}

[[noreturn]] void no_such_node(std::int64_t node) {
    throw std::runtime_error{"the store has no node " + std::to_string(node) + "; see tapes verify"};
}

}  // namespace

class log_scan::impl {
    static constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    static constexpr auto most_id = std::numeric_limits<std::int64_t>::max();

public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    scanned_exchange exchange();
    void read_answers(scanned_exchange& of);
    scanned_node node();
    /// As read_nodes without limits, for ranges that follow each other: one statement gives the nodes of all
    /// rows.
    std::uint64_t go_on_with_nodes(std::vector<scanned_node>& into, std::int64_t first,
                                   std::int64_t last_node);
    std::uint64_t read_nodes(std::vector<scanned_node>& into, std::int64_t first, std::int64_t last_node,
                             std::size_t max_nodes = most, std::uint64_t max_bytes = most);

    connection db;
    string_table strings{db};
    statement rows{db, scanned_rows_query};
    statement nodes{db, scanned_nodes_query};
    std::int64_t next_node = 0;  ///< that `nodes` is at; 0: it is at none
    /// By exchange, for few have several answers: from one of them to the next.
    statement answers{
        db, "SELECT exchange, node FROM exchange_node WHERE exchange >= ?1 ORDER BY exchange, choice"};
    std::int64_t next_answers_from = 0;  ///< where `answers` was last begun; 0: it is at none
    std::int64_t next_answers = 0;       ///< the exchange that `answers` is at
    log_end end{db};
    statement place{db, "SELECT parent, root, role FROM node WHERE id = ?1"};
    statement hash{db, "SELECT hash FROM node WHERE id = ?1"};
    statement content{db, "SELECT content FROM node WHERE id = ?1"};
    statement key{db, "SELECT value FROM secret WHERE name = 'redaction_key'"};
};

scanned_exchange log_scan::impl::exchange() {
    scanned_exchange made;
    int at = 5;
    made.id = rows.integer_at(at++);
    made.accepted_at_us = rows.integer_at(at++);
    made.last_byte_at_us = rows.integer_at(at++);
    for (auto* text : {&made.session, &made.parent_session, &made.agent_id, &made.parent_agent_id}) {
        *text = rows.text_at(at++);
    }
    for (auto* text : {&made.project, &made.agent_name, &made.program, &made.client, &made.caller,
                       &made.provider, &made.api, &made.model, &made.response_model, &made.stop_reason}) {
        *text = strings.text(rows.integer_at(at++));
    }
    made.status = static_cast<int>(rows.integer_at(at++));
    made.head = rows.integer_at(at++);
    made.ended = static_cast<capture::end_reason>(
        place_of_name(capture::end_reason_names, strings.text(rows.integer_at(at++)), 0));
    made.dropped = static_cast<capture::drop_reason>(
        place_of_name(capture::drop_reason_names, strings.text(rows.integer_at(at++)),
                      static_cast<std::size_t>(capture::drop_reason::store_error)));
    made.used = usage_at(rows, at);
    at += usage_columns;
    for (const auto& [name, figure] : merkle::usage_details) {
        made.used.*figure = rows.optional_at(at++);
    }
    made.answer_of = rows.integer_at(at);
    return made;
}

void log_scan::impl::read_answers(scanned_exchange& of) {
    if (of.head == 0) {
        return;
    }
    const auto go_on = [&] { next_answers = answers.step() ? answers.integer_at(0) : most_id; };
    if (next_answers_from == 0 || of.id < next_answers_from || next_answers < of.id) {
        answers.reset();
        answers.integer(1, of.id);
        go_on();
    }
    for (; next_answers == of.id; go_on()) {
        of.answers.push_back(answers.integer_at(1));
    }
    next_answers_from = of.id + 1;
}

/// Returns the bytes of their contents.
std::uint64_t log_scan::impl::read_nodes(std::vector<scanned_node>& into, std::int64_t first,
                                         std::int64_t last_node, std::size_t max_nodes,
                                         std::uint64_t max_bytes) {
    std::uint64_t bytes = 0;
    const reset_at_end guard{nodes};
    nodes.integer(1, first);
    nodes.integer(2, last_node);
    while (into.size() < max_nodes && bytes < max_bytes && nodes.step()) {
        into.push_back(node());
        bytes += into.back().content.size();
    }
    return bytes;
}

scanned_node log_scan::impl::node() {
    scanned_node made;
    made.id = nodes.integer_at(0);
    made.parent = nodes.integer_at(1);
    made.root = nodes.integer_at(2);
    int at = 3;
    for (auto* text :
         {&made.role, &made.model, &made.provider, &made.agent_name, &made.project, &made.stop_reason}) {
        *text = strings.text(nodes.integer_at(at++));
    }
    made.used = usage_at(nodes, at);
    at += usage_columns;
    made.created_at_us = nodes.integer_at(at++);
    made.hash = digest_of(nodes.blob_at(at++)).value_or(merkle::digest{});
    made.content = nodes.text_at(at);
    return made;
}

std::uint64_t log_scan::impl::go_on_with_nodes(std::vector<scanned_node>& into, std::int64_t first,
                                               std::int64_t last_node) {
    const auto go_on = [&] { next_node = nodes.step() ? nodes.integer_at(0) : most_id; };
    if (next_node != first) {
        nodes.reset();
        nodes.integer(1, first);
        nodes.integer(2, most_id);
        go_on();
    }
    std::uint64_t bytes = 0;
    for (; next_node <= last_node && next_node != most_id; go_on()) {
        into.push_back(node());
        bytes += into.back().content.size();
    }
    return bytes;
}

log_scan::log_scan(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path); }} {}
log_scan::~log_scan() = default;

std::vector<scanned_row> log_scan::read(std::uint64_t after, std::size_t max_rows, std::uint64_t max_bytes) {
    auto& from = *impl_;
    std::vector<scanned_row> found;
    const reset_at_end guard{from.rows};
    const reset_at_end nodes_guard{from.nodes};
    const reset_at_end answers_guard{from.answers};
    from.next_node = from.next_answers_from = 0;
    from.rows.integer(1, static_cast<std::int64_t>(after));
    from.rows.integer(2, static_cast<std::int64_t>(max_rows));
    std::uint64_t bytes = 0;
    while (bytes < max_bytes && from.rows.step()) {
        auto& row = found.emplace_back();
        row.seq = static_cast<std::uint64_t>(from.rows.integer_at(0));
        row.kind = static_cast<log_kind>(from.rows.integer_at(1));
        row.at_us = from.rows.integer_at(4);
        if (!from.rows.is_null(5)) {
            row.exchange = from.exchange();
            from.read_answers(*row.exchange);
        }
        if (const auto first = from.rows.integer_at(2); first != 0 && row.kind != log_kind::dead_letter) {
            bytes += from.go_on_with_nodes(row.nodes, first, from.rows.integer_at(3));
        }
    }
    return found;
}

std::uint64_t log_scan::last_seq() {
    return impl_->end.last_seq();
}

std::vector<scanned_node> log_scan::nodes(std::int64_t first, std::int64_t last, std::size_t max_nodes,
                                          std::uint64_t max_bytes) {
    std::vector<scanned_node> found;
    impl_->read_nodes(found, first, last, max_nodes, max_bytes);
    return found;
}

std::int64_t log_scan::last_node() {
    return impl_->end.last_node();
}

std::optional<std::int64_t> log_scan::committed_at(std::uint64_t seq) {
    return impl_->end.committed_at(seq);
}

node_place log_scan::place(std::int64_t node) {
    auto& from = *impl_;
    const reset_at_end guard{from.place};
    from.place.integer(1, node);
    if (!from.place.step()) {
        no_such_node(node);
    }
    return {from.place.integer_at(0), from.place.integer_at(1), from.strings.text(from.place.integer_at(2))};
}

merkle::digest log_scan::hash(std::int64_t node) {
    auto& query = impl_->hash;
    const reset_at_end guard{query};
    query.integer(1, node);
    if (!query.step()) {
        no_such_node(node);
    }
    return digest_of(query.blob_at(0)).value_or(merkle::digest{});
}

std::string log_scan::content(std::int64_t node) {
    auto& query = impl_->content;
    const reset_at_end guard{query};
    query.integer(1, node);
    if (!query.step()) {
        no_such_node(node);
    }
    return std::string{query.text_at(0)};
}

std::string log_scan::store_id() {
    auto& query = impl_->key;
    const reset_at_end guard{query};
    std::string hashed{"tapes store id\n"};
    if (query.step()) {
        const auto key = query.blob_at(0);
        hashed.append(key.begin(), key.end());
    }
    constexpr std::size_t id_bytes = 16;
    const auto digest = merkle::sha256(hashed);
    return text::to_hex(std::span{digest}.first(id_bytes));
}

}  // namespace tapes::store
