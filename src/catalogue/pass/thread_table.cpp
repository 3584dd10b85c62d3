#include "pass/thread_table.hpp"

#include <utility>

namespace tapes::catalogue {

namespace {

std::string agent_key(std::int64_t session, const std::string& agent_id, std::int64_t root) {
    return std::to_string(session) + ":" + std::to_string(root) + ":" + agent_id;
}

constexpr int thread_column_count = 25;

thread_row thread_at(const sqlite::statement& row) {
    thread_row made;
    int at = 0;
    made.session = row.integer_at(at++);
    made.rank = static_cast<thread_rank>(row.integer_at(at++));
    made.plain = row.integer_at(at++) != 0;
    made.root = row.integer_at(at++);
    made.parent = row.integer_at(at++);
    made.call_node = row.integer_at(at++);
    made.call_id = row.text_at(at++);
    made.continues = row.integer_at(at++);
    made.agent_id = row.text_at(at++);
    made.model = row.integer_at(at++);
    made.first_at = row.integer_at(at++);
    made.last_at = row.integer_at(at++);
    made.turns = row.integer_at(at++);
    made.tokens = tokens_at(row, at);
    at += token_columns;
    made.head = row.integer_at(at++);
    made.head_exchange = row.integer_at(at++);
    made.leaf = row.integer_at(at++);
    made.title = row.text_at(at);
    return made;
}

}  // namespace

thread_table::thread_table(sqlite::connection& db)
    : db_{db},
      by_id_{db,
             "SELECT session, rank, plain, root, parent, call_node, call_id, continues, agent_id, model,"
             " first_at, last_at, turns, input, cache_read, cache_write, cache_write_5m, cache_write_1h,"
             " output, reasoning, head, head_exchange, leaf, title FROM thread WHERE id = ?1"},
      by_root_{db, "SELECT id FROM thread WHERE root = ?1 AND session = ?2 AND plain = 1"},
      by_agent_{db, "SELECT max(id) FROM thread WHERE session = ?1 AND agent_id = ?2"},
      by_agent_and_root_{db, "SELECT max(id) FROM thread WHERE session = ?1 AND agent_id = ?2 AND root = ?3"},
      insert_{db,
              "INSERT INTO thread(session, rank, plain, root, parent, call_node, call_id, continues,"
              " agent_id, model, first_at, last_at, turns, input, cache_read, cache_write, cache_write_5m,"
              " cache_write_1h, output, reasoning, head, head_exchange, leaf, title, id)",
              thread_column_count},
      update_{db,
              "UPDATE thread SET rank = ?2, model = ?3, first_at = ?4, last_at = ?5, turns = ?6, input = ?7,"
              " cache_read = ?8, cache_write = ?9, cache_write_5m = ?10, cache_write_1h = ?11, output = ?12,"
              " reasoning = ?13, head = ?14, head_exchange = ?15, leaf = ?16, title = ?17 WHERE id = ?1"},
      rows_{next_id()} {}

std::int64_t thread_table::next_id() {
    return db_.integer("SELECT coalesce(max(id), 0) + 1 FROM thread");
}

thread_row& thread_table::make(thread_row made) {
    auto& row = rows_.make(std::move(made));
    if (row.plain) {
        plain_[{row.session, row.root}] = row.id;
    }
    if (!row.agent_id.empty()) {
        agents_[agent_key(row.session, row.agent_id, row.root)] = row.id;
        agents_[agent_key(row.session, row.agent_id, 0)] = row.id;
    }
    return row;
}

thread_row& thread_table::by_id(std::int64_t id) {
    return rows_.by_id(id, [this](std::int64_t wanted) { return stored(wanted); });
}

thread_row thread_table::stored(std::int64_t id) {
    const sqlite::reset_at_end guard{by_id_};
    by_id_.integer(1, id);
    if (!by_id_.step()) {
        throw sqlite::sqlite_error{SQLITE_CORRUPT, "thread " + std::to_string(id) + " is missing"};
    }
    return thread_at(by_id_);
}

std::int64_t thread_table::stored_plain(std::int64_t session, std::int64_t root) {
    const sqlite::reset_at_end guard{by_root_};
    by_root_.integer(1, root);
    by_root_.integer(2, session);
    return by_root_.step() ? by_root_.integer_at(0) : 0;
}

thread_row* thread_table::plain(std::int64_t session, std::int64_t root, bool is_new) {
    const id_pair key{session, root};
    auto known = plain_.find(key);
    if (known == plain_.end()) {
        const auto stored = is_new ? 0 : stored_plain(session, root);
        if (stored == 0) {
            return nullptr;
        }
        known = plain_.emplace(key, stored).first;
    }
    return &by_id(known->second);
}

thread_row* thread_table::of_agent(std::int64_t session, const std::string& agent_id, std::int64_t root) {
    const auto key = agent_key(session, agent_id, root);
    auto known = agents_.find(key);
    if (known == agents_.end()) {
        auto& query = root == 0 ? by_agent_ : by_agent_and_root_;
        const sqlite::reset_at_end guard{query};
        query.integer(1, session);
        query.text(2, agent_id);
        if (root != 0) {
            query.integer(3, root);
        }
        if (!query.step() || query.integer_at(0) == 0) {
            return nullptr;
        }
        known = agents_.emplace(key, query.integer_at(0)).first;
    }
    return &by_id(known->second);
}

void thread_table::insert(const std::vector<const thread_row*>& rows) {
    insert_.write(rows, [](value_binder& to, const thread_row* made) {
        const auto& row = *made;
        to.integer(row.session).integer(static_cast<int>(row.rank)).integer(row.plain ? 1 : 0);
        to.integer(row.root).integer(row.parent).integer(row.call_node).optional_text(row.call_id);
        to.integer(row.continues).optional_text(row.agent_id).id(row.model).integer(row.first_at);
        to.integer(row.last_at).integer(row.turns).tokens(row.tokens).integer(row.head);
        to.integer(row.head_exchange).integer(row.leaf).text(row.title).integer(row.id);
    });
}

void thread_table::update(const thread_row& row) {
    value_binder to{update_};
    to.integer(row.id).integer(static_cast<int>(row.rank)).id(row.model).integer(row.first_at);
    to.integer(row.last_at).integer(row.turns).tokens(row.tokens).integer(row.head);
    to.integer(row.head_exchange).integer(row.leaf).text(row.title).run();
}

void thread_table::flush() {
    rows_.flush([this](const std::vector<const thread_row*>& rows) { insert(rows); },
                [this](const thread_row& row) { update(row); });
    if (plain_.size() > rows_.most || agents_.size() > rows_.most) {
        plain_.clear();
        agents_.clear();
    }
}

void thread_table::forget() {
    rows_.forget(next_id());
    plain_.clear();
    agents_.clear();
}

}  // namespace tapes::catalogue
