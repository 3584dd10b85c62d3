#include "pass/sum_table.hpp"

#include <tapes/text/json_string.hpp>

#include <algorithm>

namespace tapes::catalogue {

namespace {

constexpr std::size_t most_tool_name = 256;

/// Whether an id tells one call from all others of a session. Some servers count them instead: `call_0`,
/// `functions.shell:0` (Kimi).
bool is_telling(std::string_view id) {
    constexpr std::size_t shortest = 9;  // Mistral's
    return id.size() >= shortest && !id.starts_with("functions.");
}

std::string add_usage_query() {
    std::string sql =
        "INSERT INTO usage(session, day, project, agent, provider, model, response_model, context,"
        " exchanges, turns, errors, dropped, without_usage, input, cache_read, cache_write, cache_write_5m,"
        " cache_write_1h, output, reasoning) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT DO UPDATE SET ";
    bool first = true;
    for (const auto* const name :
         {"exchanges", "turns", "errors", "dropped", "without_usage", "input", "cache_read", "cache_write",
          "cache_write_5m", "cache_write_1h", "output", "reasoning"}) {
        sql += (first ? "" : ", ") + std::string{name} + " = " + name + " + excluded." + name;
        first = false;
    }
    return sql;
}

}  // namespace

sum_table::sum_table(sqlite::connection& db, name_table& names)
    : names_{names},
      add_usage_{db, add_usage_query()},
      add_tool_{db,
                "INSERT INTO tool(session, day, tool, project, agent, provider, model, calls, errors,"
                " argument_bytes, result_bytes) VALUES(?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
                " calls = calls + excluded.calls, errors = errors + excluded.errors,"
                " argument_bytes = argument_bytes + excluded.argument_bytes,"
                " result_bytes = result_bytes + excluded.result_bytes"},
      insert_call_{db, "INSERT OR IGNORE INTO call(session, id, node, tool, has_result) VALUES(?,?,?,?,0)"},
      find_call_{db,
                 "SELECT tool, node, has_result FROM call WHERE session = ?1 AND id = ?2 ORDER BY node DESC "
                 "LIMIT 1"},
      keep_result_{db, "UPDATE call SET has_result = 1 WHERE session = ?1 AND id = ?2 AND node = ?3"},
      keys_{db} {}

counts& sum_table::usage_of(std::int64_t session, const usage_columns_key& key) {
    return usage_[{session, key[0], key[1], key[2], key[3], key[4], key[5], key[6]}];
}

void sum_table::add(const contribution& one, int sign) {
    usage_of(0, usage_key_of(one)).add(one, sign);
}

void sum_table::add_to(session_row& session, const contribution& one, int sign) {
    const auto key = usage_key_of(one);
    if (session.usage_key == several_usage_keys) {
        usage_of(session.id, key).add(one, sign);
        return;
    }
    const auto id = keys_.id_of(key);
    if (session.usage_key == 0 || session.sums == counts{}) {
        session.usage_key = id;
    } else if (session.usage_key != id) {
        usage_of(session.id, keys_.key_of(session.usage_key)) = session.sums;
        usage_of(session.id, key).add(one, sign);
        session.usage_key = several_usage_keys;
    }
}

std::vector<std::int64_t> sum_table::add_tools(const contribution& with, std::int64_t node,
                                               const node_tools& tools) {
    std::vector<std::int64_t> used;
    used.reserve(tools.calls.size() + 2 * tools.results.size());
    for (const auto& call : tools.calls) {
        used.push_back(add_call(with, node, call));
    }
    for (const auto& result : tools.results) {
        const auto tool = add_result(with, result);
        // Which call gave a counted id is not sure: a later one may be found by it.
        used.push_back(result.id.empty() || is_telling(result.id) ? tool : 0);
        if (!result.name.empty()) {
            used.push_back(names_.id_of(text::json_unescaped(result.name.substr(0, most_tool_name))));
        }
    }
    return used;
}

std::int64_t sum_table::add_call(const contribution& with, std::int64_t node, const tool_block& call) {
    const auto tool = names_.id_of(text::json_unescaped(call.name.substr(0, most_tool_name)));
    if (!call.id.empty()) {
        const auto id = hash_of_text(call.id);
        if (is_telling(call.id) && find_call(with.session, id)) {
            return tool;
        }
        value_binder{insert_call_}.integer(with.session).integer(id).integer(node).integer(tool).run();
    }
    add_tool(with, tool, {1, 0, static_cast<std::int64_t>(call.bytes), 0});
    return tool;
}

std::int64_t sum_table::add_result(const contribution& with, const tool_block& result) {
    std::optional<known_call> call;
    if (!result.id.empty()) {
        const auto id = hash_of_text(result.id);
        call = find_call(with.session, id);
        if (call && call->has_result && is_telling(result.id)) {
            return call->tool;
        }
        if (call && !call->has_result) {
            value_binder{keep_result_}.integer(with.session).integer(id).integer(call->node).run();
        }
    }
    const auto tool =
        call ? call->tool : names_.id_of(text::json_unescaped(result.name.substr(0, most_tool_name)));
    add_tool(with, tool, {0, result.is_error ? 1 : 0, 0, static_cast<std::int64_t>(result.bytes)});
    return tool;
}

void sum_table::add_tool(const contribution& with, std::int64_t tool, const tool_counts& more) {
    for (const auto session : {std::int64_t{0}, with.session}) {
        auto& to = tools_[{session, with.day, tool, with.project, with.agent, with.provider, with.model}];
        to.calls += more.calls;
        to.errors += more.errors;
        to.argument_bytes += more.argument_bytes;
        to.result_bytes += more.result_bytes;
        if (with.session == 0) {
            return;
        }
    }
}

std::optional<sum_table::known_call> sum_table::find_call(std::int64_t session, std::int64_t id) {
    const sqlite::reset_at_end guard{find_call_};
    find_call_.integer(1, session);
    find_call_.integer(2, id);
    if (!find_call_.step()) {
        return std::nullopt;
    }
    return known_call{find_call_.integer_at(0), find_call_.integer_at(1), find_call_.integer_at(2) != 0};
}

void sum_table::flush() {
    for (const auto& [key, sums] : usage_) {
        value_binder to{add_usage_};
        for (const auto part : key) {
            to.integer(part);
        }
        to.integer(sums.exchanges).integer(sums.turns).integer(sums.errors).integer(sums.dropped);
        to.integer(sums.without_usage).tokens(sums.tokens).run();
    }
    for (const auto& [key, sums] : tools_) {
        value_binder to{add_tool_};
        for (const auto part : key) {
            to.integer(part);
        }
        to.integer(sums.calls).integer(sums.errors).integer(sums.argument_bytes).integer(sums.result_bytes);
        to.run();
    }
    forget();
}

void sum_table::forget() {
    usage_.clear();
    tools_.clear();
}

void sum_table::roll_back() {
    forget();
    keys_.forget();
}

}  // namespace tapes::catalogue
