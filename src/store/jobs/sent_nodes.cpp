#include "write/job.hpp"

#include <tapes/store/sent_nodes.hpp>

#include <spdlog/spdlog.h>

#include <utility>

namespace tapes::store {

void save_sent(writer& store_writer, std::string cursor, std::uint64_t seq, std::vector<sent_node> nodes) {
    start_job(
        store_writer,
        [cursor, seq, nodes = std::move(nodes)](job_context& context) {
            const auto name = context.strings.id_of(cursor);
            statement mark{context.db, "INSERT OR IGNORE INTO sent(cursor, node, seq) VALUES(?,?,?)"};
            for (const auto& one : nodes) {
                mark.integer(1, name);
                mark.integer(2, one.node);
                mark.integer(3, static_cast<std::int64_t>(one.seq));
                mark.run();
            }
            put_cursor(context, cursor, seq);
        },
        [cursor](const std::string& error) {
            if (!error.empty()) {
                spdlog::warn("cursor {} was not saved: {}", cursor, error);
            }
        });
}

class sent_reader::impl {
public:
    impl(const std::string& path, std::string of) : db{path, SQLITE_OPEN_READONLY}, cursor{std::move(of)} {}

    connection db;
    const std::string cursor;
    statement sent{
        db, "SELECT 1 FROM sent WHERE cursor = (SELECT id FROM string WHERE value = ?1) AND node = ?2"};
};

sent_reader::sent_reader(const std::string& path, std::string cursor)
    : impl_{[path, cursor = std::move(cursor)] { return std::make_unique<impl>(path, cursor); }} {}
sent_reader::~sent_reader() = default;

bool sent_reader::sent(std::int64_t node) {
    auto& query = impl_->sent;
    const reset_at_end guard{query};
    query.text(1, impl_->cursor);
    query.integer(2, node);
    return query.step();
}

}  // namespace tapes::store
