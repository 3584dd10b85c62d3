#include "verify/parts.hpp"

#include <limits>

namespace tapes::store {

namespace {

/// A table whose rows name exchanges.
struct reference_table {
    std::string name;
    std::string key;
    std::string condition;        ///< holds where the exchange is the right one
    std::string second_key = {};  ///< a number that is the rest of the key; "": the first is all of it
};

/// A page of references from the key ?1 on, or behind it: as the comparison says. A key in the condition
/// keeps the pages an index search; "?1 IS NULL OR …" would read each page from the first row on.
std::string page_query(const reference_table& table, const std::string& comparison) {
    const bool one = table.second_key.empty();
    const auto keys = one ? table.key : table.key + ", " + table.second_key;
    return "SELECT r." + table.key + ", r.exchange, x.id, " + table.condition + ", " +
           (one ? "0" : "r." + table.second_key) + " FROM (SELECT " + keys + ", exchange FROM " + table.name +
           " WHERE " + (one ? keys : "(" + keys + ")") + " " + comparison + (one ? " ?1" : " (?1, ?3)") +
           " ORDER BY " + keys + " LIMIT ?2) r LEFT JOIN exchange x ON x.id = r.exchange";
}

/// Reads the rows of one table in pages.
class reference_check {
public:
    reference_check(connection& db, const reference_table& table, findings& wrong)
        : table_{table},
          wrong_{wrong},
          first_{db, page_query(table, ">=")},
          next_{db, page_query(table, ">")} {}

    void run() {
        // Below every number, or below every text.
        table_.key == "exchange" ? first_.integer(1, std::numeric_limits<std::int64_t>::min())
                                 : first_.text(1, "");
        if (!table_.second_key.empty()) {
            first_.integer(3, std::numeric_limits<std::int64_t>::min());
        }
        auto count = page(first_);
        while (count == rows_at_once) {
            next_.value(1, last_);
            if (!table_.second_key.empty()) {
                next_.integer(3, last_second_);
            }
            count = page(next_);
        }
    }

private:
    std::int64_t page(statement& rows) {
        const reset_at_end guard{rows};
        rows.integer(2, rows_at_once);
        std::int64_t count = 0;
        for (; rows.step(); ++count) {
            check(rows);
            if (count + 1 == rows_at_once) {
                last_ = rows.value_at(0);
                last_second_ = rows.integer_at(4);
            }
        }
        return count;
    }

    void check(const statement& row) {
        const bool missing = row.is_null(2);
        if (missing || row.integer_at(3) == 0) {
            wrong_.add(table_.name + " " + std::string{row.text_at(0)} + ": exchange " +
                       std::to_string(row.integer_at(1)) + (missing ? " is missing" : " has another name"));
        }
    }

    const reference_table& table_;
    findings& wrong_;
    statement first_;
    statement next_;
    row_value last_;
    std::int64_t last_second_ = 0;
};

}  // namespace

void verify_variants(connection& db, findings& wrong) {
    statement rows{db,
                   "SELECT v.node, v.value, n.id, typeof(v.node) = 'integer' AND typeof(v.value) = 'integer'"
                   " FROM (SELECT node, value FROM node_variant WHERE (node, value) > (?1, ?2)"
                   " ORDER BY node, value LIMIT ?3) v LEFT JOIN node n ON n.id = v.node"};
    auto node = std::numeric_limits<std::int64_t>::min();
    auto value = node;
    for (auto count = rows_at_once; count == rows_at_once;) {
        const reset_at_end guard{rows};
        rows.integer(1, node);
        rows.integer(2, value);
        rows.integer(3, rows_at_once);
        for (count = 0; rows.step(); ++count) {
            if (rows.integer_at(3) == 0) {  // none to go on from
                wrong.add("node_variant " + std::string{rows.text_at(0)} +
                          ": a row holds other than numbers");
                return;
            }
            node = rows.integer_at(0);
            value = rows.integer_at(1);
            if (rows.is_null(2)) {
                wrong.add("node_variant " + std::to_string(node) + ": its node is missing");
            }
        }
    }
}

void verify_references(connection& db, findings& wrong) {
    const reference_table tables[] = {
        {"wire", "exchange", "1"},
        {"exchange_node", "exchange", "1"},
        {"response", "id", "x.response_id IS r.id AND r.provider IS coalesce(x.provider, 0)", "provider"},
        {"response_item", "id", "1"},
        {"conversation", "id", "1"},
        {"fetched_answer", "exchange",
         "NOT EXISTS(SELECT 1 FROM fetched_answer f LEFT JOIN exchange g ON g.id = f.fetch"
         " WHERE f.exchange = x.id AND g.answer_of IS NOT x.id)"},
    };
    for (const auto& table : tables) {
        reference_check{db, table, wrong}.run();
    }
}

}  // namespace tapes::store
