#include "file/readable.hpp"
#include "file/row_values.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/received.hpp>

namespace tapes::store {

class orphan_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    connection db;
    statement list{
        db,
        "SELECT id, hash, parent, root, source, topic, partition, \"offset\", at, problem FROM orphan"
        " WHERE id > ?1 ORDER BY id LIMIT ?2"};
};

orphan_reader::orphan_reader(const std::string& path)
    : impl_{[path] { return std::make_unique<impl>(path); }} {}
orphan_reader::~orphan_reader() = default;

std::uint64_t orphan_reader::count() {
    return static_cast<std::uint64_t>(impl_->db.integer("SELECT count(*) FROM orphan"));
}

orphan_totals orphan_reader::totals() {
    orphan_totals made;
    made.nodes = count();
    made.missing = static_cast<std::uint64_t>(
        impl_->db.integer("SELECT count(DISTINCT parent) FROM orphan o WHERE problem IS NULL"
                          " AND NOT EXISTS(SELECT 1 FROM orphan p WHERE p.hash = o.parent)"));
    return made;
}

std::vector<kept_orphan> orphan_reader::list(std::int64_t after, std::size_t most) {
    std::vector<kept_orphan> found;
    auto& rows = impl_->list;
    const reset_at_end guard{rows};
    rows.integer(1, after);
    rows.integer(2, static_cast<std::int64_t>(most));
    while (rows.step()) {
        auto& one = found.emplace_back();
        one.id = rows.integer_at(0);
        one.hash = digest_of(rows.blob_at(1)).value_or(merkle::digest{});
        one.parent = digest_of(rows.blob_at(2)).value_or(merkle::digest{});
        one.root = digest_of(rows.blob_at(3)).value_or(merkle::digest{});
        one.from.source = rows.text_at(4);
        one.from.topic = rows.text_at(5);
        one.from.partition = static_cast<int>(rows.integer_at(6));
        one.from.offset = rows.integer_at(7);
        one.received_at_us = rows.integer_at(8);
        one.problem = rows.text_at(9);
    }
    return found;
}

}  // namespace tapes::store
