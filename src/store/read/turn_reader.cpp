#include "file/readable.hpp"
#include "file/row_values.hpp"

#include <tapes/store/turn_reader.hpp>

#include <algorithm>
#include <stdexcept>

namespace tapes::store {

namespace {

constexpr const char* turn_rows_query =
    "SELECT l.seq, l.kind, l.ref, l.first_node, l.last_node, l.at, e.accepted_at, e.session, e.agent, "
    "e.project,"
    " e.head, e.provider FROM log l LEFT JOIN exchange e ON l.kind IN (1, 4) AND e.id = l.ref"
    " WHERE l.seq > ?1 AND l.seq <= ?2 ORDER BY l.seq LIMIT ?3";

}  // namespace

class turn_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    void add_exchange(std::vector<logged_turn>& to, logged_turn turn);
    void add_nodes(std::vector<logged_turn>& to, const logged_turn& row);

    connection db;
    string_table strings{db};
    statement rows{db, turn_rows_query};
    statement choices{db, "SELECT node FROM exchange_node WHERE exchange = ?1 ORDER BY node"};
    statement nodes{
        db,
        "SELECT id, agent, project, created_at, provider FROM node WHERE id BETWEEN ?1 AND ?2 ORDER BY id"};
    statement ancestors{db, "SELECT parent, root FROM node WHERE id = ?1"};
};

void turn_reader::impl::add_exchange(std::vector<logged_turn>& to, logged_turn turn) {
    turn.at_us = rows.integer_at(6);
    turn.session = rows.text_at(7);
    turn.agent_name = strings.text(rows.integer_at(8));
    turn.project = strings.text(rows.integer_at(9));
    turn.provider = strings.text(rows.integer_at(11));
    if (const auto head = rows.integer_at(10); head != 0) {
        turn.heads.push_back(head);
        const reset_at_end guard{choices};
        choices.integer(1, turn.ref);
        while (choices.step()) {
            turn.heads.push_back(choices.integer_at(0));
        }
        const auto first = rows.integer_at(3);
        const auto last = rows.integer_at(4);
        if (first != 0 && (head < first || head > last)) {
            // The answer that an amended exchange had at first is none of its heads any more.
            for (auto node = first; node <= last; ++node) {
                turn.heads.push_back(node);
            }
        }
        std::sort(turn.heads.begin(), turn.heads.end());
        turn.heads.erase(std::unique(turn.heads.begin(), turn.heads.end()), turn.heads.end());
    }
    to.push_back(std::move(turn));
}

void turn_reader::impl::add_nodes(std::vector<logged_turn>& to, const logged_turn& row) {
    const reset_at_end guard{nodes};
    nodes.integer(1, rows.integer_at(3));
    nodes.integer(2, rows.integer_at(4));
    while (nodes.step()) {
        auto& turn = to.emplace_back(row);
        turn.heads.push_back(nodes.integer_at(0));
        turn.agent_name = strings.text(nodes.integer_at(1));
        turn.project = strings.text(nodes.integer_at(2));
        turn.at_us = nodes.integer_at(3);
        turn.provider = strings.text(nodes.integer_at(4));
    }
}

turn_reader::turn_reader(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path); }} {}
turn_reader::~turn_reader() = default;

std::vector<logged_turn> turn_reader::read(std::uint64_t after, std::uint64_t last, std::size_t most) {
    std::vector<logged_turn> found;
    auto& rows = impl_->rows;
    // A page of rows may be without a single node: on to the next, for an empty answer means the end.
    for (std::size_t seen = most; found.empty() && seen == most;) {
        seen = 0;
        const reset_at_end guard{rows};
        rows.integer(1, static_cast<std::int64_t>(after));
        rows.integer(2, static_cast<std::int64_t>(last));
        rows.integer(3, static_cast<std::int64_t>(most));
        while (rows.step()) {
            ++seen;
            logged_turn turn;
            turn.seq = static_cast<std::uint64_t>(rows.integer_at(0));
            turn.kind = static_cast<log_kind>(rows.integer_at(1));
            turn.ref = rows.integer_at(2);
            turn.at_us = rows.integer_at(5);
            after = turn.seq;
            if (turn.kind == log_kind::exchange || turn.kind == log_kind::amendment) {
                impl_->add_exchange(found, std::move(turn));
            } else if (turn.kind == log_kind::dead_letter) {
                found.push_back(std::move(turn));
            } else {
                impl_->add_nodes(found, turn);
            }
        }
    }
    return found;
}

node_ancestors turn_reader::ancestors(std::int64_t node) {
    auto& query = impl_->ancestors;
    const reset_at_end guard{query};
    query.integer(1, node);
    if (!query.step()) {
        throw std::runtime_error{"the store has no node " + std::to_string(node) + "; see tapes verify"};
    }
    return {query.integer_at(0), query.integer_at(1)};
}

}  // namespace tapes::store
