#include "file/readable.hpp"
#include "file/row_values.hpp"

#include <tapes/store/exchange_outlines.hpp>

namespace tapes::store {

class exchange_outlines::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    connection db;
    string_table strings{db};
    statement rows{db,
                   "SELECT id, head, provider, agent, method, api, path, coalesce(target, path), status,"
                   " request_bytes FROM exchange WHERE id > ?1 ORDER BY id LIMIT ?2"};
    statement wire{db, "SELECT 1 FROM wire WHERE exchange = ?1"};
    statement newest{db, "SELECT max(id) FROM exchange"};
};

exchange_outlines::exchange_outlines(const std::string& path)
    : impl_{[path] { return std::make_unique<impl>(path); }} {}
exchange_outlines::~exchange_outlines() = default;

std::int64_t exchange_outlines::visit(std::int64_t after, std::size_t most,
                                      const std::function<void(const exchange_outline&)>& each) {
    auto& rows = impl_->rows;
    auto& wire = impl_->wire;
    const reset_at_end guard{rows};
    rows.integer(1, after);
    rows.integer(2, static_cast<std::int64_t>(most));
    while (rows.step()) {
        exchange_outline one;
        after = one.id = rows.integer_at(0);
        one.has_node = !rows.is_null(1);
        one.provider = rows.integer_at(2);
        one.agent_name = rows.integer_at(3);
        one.method = rows.integer_at(4);
        one.api = rows.integer_at(5);
        if (!one.has_node) {
            one.path = rows.text_at(6);
            one.target = rows.text_at(7);
            one.status = static_cast<int>(rows.integer_at(8));
            one.request_bytes = static_cast<std::uint64_t>(rows.integer_at(9));
            const reset_at_end wire_guard{wire};
            wire.integer(1, one.id);
            one.has_bytes = wire.step();
        }
        each(one);
    }
    return after;
}

std::int64_t exchange_outlines::last() {
    auto& query = impl_->newest;
    const reset_at_end guard{query};
    return query.step() ? query.integer_at(0) : 0;
}

std::string exchange_outlines::text(std::int64_t id) {
    return std::string{impl_->strings.text(id)};
}

}  // namespace tapes::store
