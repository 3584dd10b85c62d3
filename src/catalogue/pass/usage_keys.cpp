#include "pass/usage_keys.hpp"

#include "pass/values.hpp"

#include <string>

namespace tapes::catalogue {

namespace {

void bind_usage_key(sqlite::statement& query, const usage_columns_key& key) {
    value_binder to{query};
    for (const auto part : key) {
        to.integer(part);
    }
}

}  // namespace

usage_columns_key usage_key_of(const contribution& one) noexcept {
    return {one.day, one.project, one.agent, one.provider, one.model, one.response_model, one.context};
}

usage_keys::usage_keys(sqlite::connection& db)
    : db_{db},
      find_{db,
            "SELECT id FROM usage_key WHERE day = ?1 AND project = ?2 AND agent = ?3 AND provider = ?4"
            " AND model = ?5 AND response_model = ?6 AND context = ?7"},
      make_{db,
            "INSERT INTO usage_key(day, project, agent, provider, model, response_model, context)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
      read_{db,
            "SELECT day, project, agent, provider, model, response_model, context FROM usage_key"
            " WHERE id = ?1"} {}

std::int64_t usage_keys::id_of(const usage_columns_key& key) {
    if (const auto known = ids_.find(key); known != ids_.end()) {
        return known->second;
    }
    const auto id = stored(key);
    remember(id, key);
    return id;
}

std::int64_t usage_keys::stored(const usage_columns_key& key) {
    {
        const sqlite::reset_at_end guard{find_};
        bind_usage_key(find_, key);
        if (find_.step()) {
            return find_.integer_at(0);
        }
    }
    bind_usage_key(make_, key);
    make_.run();
    return sqlite3_last_insert_rowid(db_.handle());
}

usage_columns_key usage_keys::key_of(std::int64_t id) {
    if (const auto known = keys_.find(id); known != keys_.end()) {
        return known->second;
    }
    const sqlite::reset_at_end guard{read_};
    read_.integer(1, id);
    if (!read_.step()) {
        throw sqlite::sqlite_error{SQLITE_CORRUPT, "usage key " + std::to_string(id) + " is missing"};
    }
    usage_columns_key key{};
    int at = 0;
    for (auto& part : key) {
        part = read_.integer_at(at++);
    }
    remember(id, key);
    return key;
}

void usage_keys::remember(std::int64_t id, const usage_columns_key& key) {
    if (ids_.size() >= limit) {
        forget();
    }
    ids_.emplace(key, id);
    keys_.emplace(id, key);
}

void usage_keys::forget() {
    ids_.clear();
    keys_.clear();
}

}  // namespace tapes::catalogue
