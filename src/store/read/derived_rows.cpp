#include "file/request_parts.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/derived_rows.hpp>

#include <algorithm>

namespace tapes::store {

namespace {

// Whoever changed the file may have put values of other types there, which sort behind all of the right type.
std::string names_query(name_kind kind) {
    return "SELECT id, exchange FROM " + std::string{table_of(kind)} +
           " WHERE id > ?1 AND typeof(id) = 'text' ORDER BY id LIMIT ?2";
}

}  // namespace

std::string_view table_of(name_kind kind) noexcept {
    return kind == name_kind::item ? "response_item" : "conversation";
}

class derived_rows::impl {
public:
    explicit impl(const std::string& path) : db{path, SQLITE_OPEN_READONLY} {}

    connection db;
    statement items{db, names_query(name_kind::item)};
    statement conversations{db, names_query(name_kind::conversation)};
    statement variants{
        db,
        "SELECT node, value FROM node_variant WHERE (node, value) > (?1, ?2)"
        " AND typeof(node) = 'integer' AND typeof(value) = 'integer' ORDER BY node, value LIMIT ?3"};
    statement parts{db, "SELECT request_parts FROM wire WHERE exchange = ?1"};
    statement amended_answers{
        db,
        "SELECT x.id, n.parent, ro.value, x.response_id FROM log l CROSS JOIN exchange x ON x.id = l.ref"
        " JOIN node n ON n.id = x.head LEFT JOIN string ro ON ro.id = n.role"
        " WHERE l.seq > ?1 AND l.seq <= ?2 AND l.kind = 4 AND x.response_id IS NOT NULL"};
    statement answered{db,
                       "SELECT 1 FROM exchange WHERE head = ?1 AND id > ?2 UNION ALL"
                       " SELECT 1 FROM exchange_node WHERE exchange > ?2 AND node = ?1"};
};

derived_rows::derived_rows(const std::string& path) : impl_{std::make_unique<impl>(path)} {}
derived_rows::~derived_rows() = default;

std::vector<derived_rows::name> derived_rows::names(name_kind kind, std::string_view after,
                                                    std::size_t most) {
    auto& rows = kind == name_kind::item ? impl_->items : impl_->conversations;
    const reset_at_end guard{rows};
    rows.text(1, after);
    rows.integer(2, static_cast<std::int64_t>(most));
    std::vector<name> read;
    while (rows.step()) {
        read.push_back({std::string{rows.text_at(0)}, rows.integer_at(1)});
    }
    return read;
}

std::vector<derived_rows::variant> derived_rows::variants(const variant& after, std::size_t most) {
    auto& rows = impl_->variants;
    const reset_at_end guard{rows};
    rows.integer(1, after.node);
    rows.integer(2, after.value);
    rows.integer(3, static_cast<std::int64_t>(most));
    std::vector<variant> read;
    while (rows.step()) {
        read.push_back({rows.integer_at(0), rows.integer_at(1)});
    }
    return read;
}

std::vector<std::int64_t> derived_rows::chain_ends(std::int64_t exchange) {
    auto& row = impl_->parts;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    std::vector<std::int64_t> ends;
    if (row.step()) {
        for (const auto& chain : read_request_parts(row.text_at(0))) {
            if (chain.last > 0) {
                ends.push_back(chain.last);
            }
        }
    }
    return ends;
}

std::vector<std::int64_t> derived_rows::amended() {
    statement rows{impl_->db, "SELECT ref FROM log WHERE kind = 4"};
    std::vector<std::int64_t> read;
    while (rows.step()) {
        read.push_back(rows.integer_at(0));
    }
    std::ranges::sort(read);
    return read;
}

std::vector<derived_rows::amended_answer> derived_rows::amended_answers(std::int64_t& after) {
    const auto last = impl_->db.integer("SELECT max(seq) FROM log");
    auto& rows = impl_->amended_answers;
    const reset_at_end guard{rows};
    rows.integer(1, after);
    rows.integer(2, last);
    std::vector<amended_answer> read;
    while (rows.step()) {
        read.push_back({rows.integer_at(0), rows.integer_at(1), std::string{rows.text_at(2)},
                        std::string{rows.text_at(3)}});
    }
    after = last;
    return read;
}

bool derived_rows::is_answered_behind(std::int64_t seq, std::int64_t node) {
    auto& query = impl_->answered;
    const reset_at_end guard{query};
    query.integer(1, node);
    query.integer(2, seq);
    return query.step();
}

}  // namespace tapes::store
