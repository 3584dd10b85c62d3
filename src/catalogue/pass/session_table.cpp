#include "pass/session_table.hpp"

#include <stdexcept>
#include <utility>

namespace tapes::catalogue {

namespace {

constexpr const char* session_columns =
    "project, agent, client, caller, provider, model, parent_name, first_at, last_at, last_end,"
    " exchanges, turns, threads, errors, dropped, without_usage, input, cache_read, cache_write,"
    " cache_write_5m, cache_write_1h, output, reasoning, outcome, stop_reason, last_exchange, main_threads,"
    " title_thread, title_rank, head, head_thread, head_rank, head_exchange, title, kind, usage_key, root, "
    "tree_key, name";

constexpr int session_column_count = 40;  // with id

void bind_session(value_binder& to, const session_row& row) {
    to.id(row.project).id(row.agent).id(row.client).id(row.caller);
    to.id(row.provider).id(row.model).optional_text(row.parent_name);
    to.integer(row.first_at).integer(row.last_at).integer(row.last_end);
    const auto& sums = row.sums;
    to.integer(sums.exchanges).integer(sums.turns).integer(row.threads).integer(sums.errors);
    to.integer(sums.dropped).integer(sums.without_usage).tokens(sums.tokens);
    to.integer(static_cast<int>(row.last)).id(row.stop_reason).integer(row.last_exchange);
    to.integer(row.main_threads).integer(row.title_thread).integer(static_cast<int>(row.title_rank));
    to.integer(row.head).integer(row.head_thread).integer(static_cast<int>(row.head_rank));
    to.integer(row.head_exchange).text(row.title).integer(row.kind).integer(row.usage_key);
}

session_row session_at(const sqlite::statement& row) {
    session_row made;
    int at = 0;
    for (auto* const id :
         {&made.project, &made.agent, &made.client, &made.caller, &made.provider, &made.model}) {
        *id = row.integer_at(at++);
    }
    made.parent_name = row.text_at(at++);
    auto& sums = made.sums;
    for (auto* const value : {&made.first_at, &made.last_at, &made.last_end, &sums.exchanges, &sums.turns,
                              &made.threads, &sums.errors, &sums.dropped, &sums.without_usage}) {
        *value = row.integer_at(at++);
    }
    sums.tokens = tokens_at(row, at);
    at += token_columns;
    made.last = static_cast<outcome>(row.integer_at(at++));
    for (auto* const value :
         {&made.stop_reason, &made.last_exchange, &made.main_threads, &made.title_thread}) {
        *value = row.integer_at(at++);
    }
    made.title_rank = static_cast<thread_rank>(row.integer_at(at++));
    made.head = row.integer_at(at++);
    made.head_thread = row.integer_at(at++);
    made.head_rank = static_cast<thread_rank>(row.integer_at(at++));
    made.head_exchange = row.integer_at(at++);
    made.title = row.text_at(at++);
    made.kind = row.integer_at(at++);
    made.usage_key = row.integer_at(at++);
    made.root = row.integer_at(at++);
    made.tree_key = row.integer_at(at++);
    made.name = row.text_at(at);
    return made;
}

std::string select_session() {
    return std::string{"SELECT "} + session_columns + " FROM session WHERE id = ?1";
}

std::string insert_session() {
    return std::string{"INSERT INTO session("} + session_columns + ", id)";
}

// Root and name of a session never change.
constexpr const char* update_session_query =
    "UPDATE session SET project = ?1, agent = ?2, client = ?3, caller = ?4, provider = ?5, model = ?6,"
    " parent_name = ?7, first_at = ?8, last_at = ?9, last_end = ?10, exchanges = ?11, turns = ?12,"
    " threads = ?13, errors = ?14, dropped = ?15, without_usage = ?16, input = ?17, cache_read = ?18,"
    " cache_write = ?19, cache_write_5m = ?20, cache_write_1h = ?21, output = ?22, reasoning = ?23,"
    " outcome = ?24, stop_reason = ?25, last_exchange = ?26, main_threads = ?27, title_thread = ?28,"
    " title_rank = ?29, head = ?30, head_thread = ?31, head_rank = ?32, head_exchange = ?33, title = ?34,"
    " kind = ?35, usage_key = ?36 WHERE id = ?37";

std::string name_key(const std::string& name, std::int64_t project) {
    return std::to_string(project) + ":" + name;
}

}  // namespace

session_table::session_table(sqlite::connection& db)
    : db_{db},
      by_name_{db, "SELECT id FROM session WHERE name = ?1 AND project IS ?2 AND root IS NULL"},
      by_root_{db, "SELECT id FROM session WHERE root = ?1"},
      by_id_{db, select_session()},
      insert_{db, insert_session(), session_column_count},
      update_{db, update_session_query},
      rows_{next_id()} {}

std::int64_t session_table::next_id() {
    return db_.integer("SELECT coalesce(max(id), 0) + 1 FROM session");
}

session_row* session_table::find(const std::string& name, std::int64_t project) {
    const auto key = name_key(name, project);
    if (const auto known = names_.find(key); known != names_.end()) {
        return &by_id(known->second);
    }
    const sqlite::reset_at_end guard{by_name_};
    by_name_.text(1, name);
    by_name_.id(2, project);
    if (!by_name_.step()) {
        return nullptr;
    }
    const auto id = by_name_.integer_at(0);
    names_.emplace(key, id);
    return &by_id(id);
}

session_row& session_table::named(const std::string& name, std::int64_t project) {
    if (auto* const known = find(name, project); known != nullptr) {
        return *known;
    }
    session_row made;
    made.name = name;
    made.project = project;
    auto& row = rows_.make(std::move(made));
    names_.emplace(name_key(name, project), row.id);
    return row;
}

std::int64_t session_table::stored_tree(std::int64_t root) {
    const sqlite::reset_at_end guard{by_root_};
    by_root_.integer(1, root);
    return by_root_.step() ? by_root_.integer_at(0) : 0;
}

session_row& session_table::by_id(std::int64_t id) {
    return rows_.by_id(id, [this](std::int64_t wanted) { return stored(wanted); });
}

session_row session_table::stored(std::int64_t id) {
    const sqlite::reset_at_end guard{by_id_};
    by_id_.integer(1, id);
    if (!by_id_.step()) {
        throw sqlite::sqlite_error{SQLITE_CORRUPT, "session " + std::to_string(id) + " is missing"};
    }
    return session_at(by_id_);
}

void session_table::insert(const std::vector<const session_row*>& rows) {
    insert_.write(rows, [](value_binder& to, const session_row* row) {
        bind_session(to, *row);
        to.id(row->root).id(row->tree_key).text(row->name).integer(row->id);
    });
}

void session_table::update(const session_row& row) {
    value_binder to{update_};
    bind_session(to, row);
    to.integer(row.id).run();
}

void session_table::flush() {
    rows_.flush([this](const std::vector<const session_row*>& rows) { insert(rows); },
                [this](const session_row& row) { update(row); });
    if (names_.size() > rows_.most || roots_.size() > rows_.most) {
        names_.clear();
        roots_.clear();
    }
}

void session_table::forget() {
    rows_.forget(next_id());
    names_.clear();
    roots_.clear();
}

}  // namespace tapes::catalogue
