#include "verify/parts.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace tapes::store {

namespace {

/// A node's column and its exchange's, where those differ.
constexpr const char* origin_rows_query =
    "SELECT l.seq, l.at IS NOT x.committed_at, n.id,"
    " CASE WHEN n.id IS NULL THEN NULL WHEN n.created_at IS NOT l.at THEN 'created_at' WHEN n.project IS NOT "
    "x.project THEN 'project'"
    "  WHEN n.id IS NOT x.head THEN"
    "   CASE WHEN NOT unused THEN 'usage' WHEN n.stop_reason IS NOT NULL AND NOT EXISTS(SELECT 1 FROM"
    "    exchange_node a WHERE a.exchange = x.id AND a.node = n.id) THEN 'stop_reason' END"
    // While the answer is pending, and where it ended without content, the question is the head.
    "  WHEN n.stop_reason IS NOT x.stop_reason AND NOT(n.stop_reason IS NULL AND"
    "   (x.stop_reason IS (SELECT id FROM string WHERE value = 'pending')"
    "    OR (unused AND n.role IS NOT (SELECT id FROM string WHERE value = 'assistant')))) THEN 'stop_reason'"
    // What was asked is the head of a turn that prepares for another.
    "  WHEN NOT(unused AND n.stop_reason IS NULL) AND NOT("
    "   n.prompt_tokens IS x.prompt_tokens AND n.completion_tokens IS x.completion_tokens"
    "   AND n.total_tokens IS x.total_tokens"
    "   AND n.cache_creation_input_tokens IS x.cache_creation_input_tokens"
    "   AND n.cache_read_input_tokens IS x.cache_read_input_tokens"
    "   AND n.total_duration_ns IS x.total_duration_ns AND n.prompt_duration_ns IS x.prompt_duration_ns)"
    "  THEN 'usage' END"
    " FROM log l JOIN exchange x ON x.id = l.ref LEFT JOIN (SELECT *, coalesce(prompt_tokens,"
    "  completion_tokens, total_tokens, cache_creation_input_tokens, cache_read_input_tokens,"
    "  total_duration_ns, prompt_duration_ns) IS NULL AS unused FROM node) n"
    " ON n.id BETWEEN l.first_node AND l.last_node"
    " WHERE l.kind = 1 AND l.seq > ?1 AND l.seq <= ?2 ORDER BY l.seq, n.id";

}  // namespace

void verify_origins(connection& db, const verify_options& options, const verify_bounds& until,
                    findings& wrong) {
    const progress_steps steps{options.on_progress, "origins", until.last_seq};
    // An exchange that was amended says more of its answer than the node that it brought first.
    std::unordered_set<std::int64_t> amended;
    {
        statement amendments{db, "SELECT ref FROM log WHERE kind = 4"};
        while (amendments.step()) {
            amended.insert(amendments.integer_at(0));
        }
    }
    statement rows{db, origin_rows_query};
    for (std::int64_t at = 0; at < until.last_seq; at += rows_at_once) {
        const reset_at_end guard{rows};
        rows.integer(1, at);
        rows.integer(2, std::min(at + rows_at_once, until.last_seq));
        std::int64_t told = 0;
        while (rows.step()) {
            const auto exchange = rows.integer_at(0);
            if (rows.integer_at(1) != 0 && told != exchange) {
                told = exchange;
                wrong.add("log row " + std::to_string(exchange) + ": its time is not that of its exchange");
            }
            const auto differs = rows.text_at(3);
            const bool may_differ = differs == "usage" || differs == "stop_reason";
            if (!differs.empty() && !(may_differ && amended.contains(exchange))) {
                wrong.add("node " + std::to_string(rows.integer_at(2)) + ": its " +
                          std::string{rows.text_at(3)} + " is not that of exchange " +
                          std::to_string(exchange) + ", which brought it");
            }
        }
        steps.reached(std::min(at + rows_at_once, until.last_seq));
    }
}

}  // namespace tapes::store
