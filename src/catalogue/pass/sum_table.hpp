#pragma once

#include "pass/content.hpp"
#include "pass/row_writer.hpp"
#include "pass/rows.hpp"
#include "pass/usage_keys.hpp"
#include "pass/values.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// Sums of usage and of tools, gathered in memory and written by `flush`: over all (session 0), of tools for
/// each session, and of usage for sessions that have several keys of it.
class sum_table {
public:
    sum_table(sqlite::connection& db, name_table& names);

    /// Adds to the sums over all.
    void add(const contribution& one, int sign);
    /// Adds to those of a session, and tells it which rows it has by now. To be called before the session's
    /// own sums are added to.
    void add_to(session_row& session, const contribution& one, int sign);
    /// Calls and results that stand in a node which came with `with`. What comes again, in a history that a
    /// client wrote anew, counts once. Returns the tools, as ids of strings; 0 stands for one that is not
    /// known.
    std::vector<std::int64_t> add_tools(const contribution& with, std::int64_t node, const node_tools& tools);

    void flush();
    /// A transaction was rolled back.
    void roll_back();

private:
    using usage_row_key = std::array<std::int64_t, 8>;  ///< the session, and a usage_columns_key
    using tool_row_key = std::array<std::int64_t, 7>;
    struct tool_counts {
        std::int64_t calls = 0, errors = 0, argument_bytes = 0, result_bytes = 0;
    };

    counts& usage_of(std::int64_t session, const usage_columns_key& key);
    void add_tool(const contribution& with, std::int64_t tool, const tool_counts& more);
    struct known_call {
        std::int64_t tool = 0, node = 0;
        bool has_result = false;
    };
    std::optional<known_call> find_call(std::int64_t session, std::int64_t id);
    std::int64_t add_call(const contribution& with, std::int64_t node, const tool_block& call);
    std::int64_t add_result(const contribution& with, const tool_block& result);
    void forget();

    name_table& names_;
    sqlite::statement add_usage_, add_tool_, insert_call_, find_call_, keep_result_;
    usage_keys keys_;
    std::map<usage_row_key, counts> usage_;
    std::map<tool_row_key, tool_counts> tools_;
};

}  // namespace tapes::catalogue
