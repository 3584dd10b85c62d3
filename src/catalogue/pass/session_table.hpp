#pragma once

#include "file/tree_key.hpp"
#include "pass/row_cache.hpp"
#include "pass/row_writer.hpp"
#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tapes::catalogue {

/// The sessions, of which those that were used of late are in memory; what changed is written by `flush`. A
/// reference is valid until then.
class session_table {
public:
    explicit session_table(sqlite::connection& db);

    /// That of a client's name in a project; makes it where there is none.
    session_row& named(const std::string& name, std::int64_t project);
    /// That of a tree, which is known to be new where it has none; `name` is asked for where it is made.
    template <class Name>
    session_row& of_tree(std::int64_t root, bool is_new, Name&& name);
    /// Null where there is none of that name.
    session_row* find(const std::string& name, std::int64_t project);
    session_row& by_id(std::int64_t id);

    void flush();
    /// A transaction was rolled back.
    void forget();

private:
    session_row stored(std::int64_t id);
    std::int64_t stored_tree(std::int64_t root);
    std::int64_t next_id();
    void insert(const std::vector<const session_row*>& rows);
    void update(const session_row& row);

    sqlite::connection& db_;
    sqlite::statement by_name_, by_root_, by_id_;
    row_writer insert_;
    sqlite::statement update_;
    row_cache<session_row> rows_;
    std::unordered_map<std::string, std::int64_t> names_;  ///< project and name
    std::unordered_map<std::int64_t, std::int64_t> roots_;
};

template <class Name>
session_row& session_table::of_tree(std::int64_t root, bool is_new, Name&& name) {
    if (const auto known = roots_.find(root); known != roots_.end()) {
        return by_id(known->second);
    }
    if (const auto stored = is_new ? 0 : stored_tree(root); stored != 0) {
        roots_.emplace(root, stored);
        return by_id(stored);
    }
    session_row made;
    made.root = root;
    made.name = name();
    made.tree_key = tree_key_of(made.name);
    auto& row = rows_.make(std::move(made));
    roots_.emplace(root, row.id);
    return row;
}

}  // namespace tapes::catalogue
