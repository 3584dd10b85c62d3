#pragma once

#include "pass/row_cache.hpp"
#include "pass/row_writer.hpp"
#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tapes::catalogue {

/// The threads, as session_table has the sessions.
class thread_table {
public:
    explicit thread_table(sqlite::connection& db);

    thread_row& make(thread_row made);
    thread_row& by_id(std::int64_t id);
    /// The thread of a root that nothing tells from others of it. Null where there is none. `is_new`: the
    /// session is in no file yet.
    thread_row* plain(std::int64_t session, std::int64_t root, bool is_new);
    /// The newest thread of an agent, of that root unless it is 0. Null where there is none.
    thread_row* of_agent(std::int64_t session, const std::string& agent_id, std::int64_t root = 0);

    void flush();
    void forget();

private:
    thread_row stored(std::int64_t id);
    std::int64_t next_id();
    void insert(const std::vector<const thread_row*>& rows);
    void update(const thread_row& row);
    std::int64_t stored_plain(std::int64_t session, std::int64_t root);

    sqlite::connection& db_;
    sqlite::statement by_id_, by_root_, by_agent_, by_agent_and_root_;
    row_writer insert_;
    sqlite::statement update_;
    row_cache<thread_row> rows_;
    std::unordered_map<id_pair, std::int64_t, id_pair_hash> plain_;  ///< session and root
    std::unordered_map<std::string, std::int64_t> agents_;
};

}  // namespace tapes::catalogue
