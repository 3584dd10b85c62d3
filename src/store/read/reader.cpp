#include "file/digest_index.hpp"
#include "file/readable.hpp"
#include "file/row_values.hpp"
#include "file/totals.hpp"

#include <tapes/store/reader.hpp>

#include <limits>

namespace tapes::store {

namespace {

/// All but the content.
constexpr const char* head_columns =
    "n.id, n.hash, p.hash, r.hash, n.depth, n.role, n.model, n.provider, n.agent, n.project, n.stop_reason,"
    " n.prompt_tokens, n.completion_tokens, n.total_tokens, n.cache_creation_input_tokens,"
    " n.cache_read_input_tokens, n.total_duration_ns, n.prompt_duration_ns, n.created_at";

std::string log_query() {
    // Left joins keep the order of the log's own rows, and the log before its nodes: no sorting.
    return std::string{"SELECT l.seq, l.kind, l.ref, "} + head_columns +
           ", n.content FROM log l LEFT JOIN node n ON n.id BETWEEN l.first_node AND l.last_node"
           " LEFT JOIN node p ON p.id = n.parent LEFT JOIN node r ON r.id = n.root"
           " WHERE l.seq > ?1 ORDER BY l.seq, n.id";
}

std::string node_query(const char* content) {
    return std::string{"SELECT "} + head_columns + ", " + content +
           " FROM node n LEFT JOIN node p ON p.id = n.parent LEFT JOIN node r ON r.id = n.root WHERE n.id = "
           "?1";
}

/// The newest rows are in no index: see digest_index.
constexpr const char* find_query =
    "SELECT n.id FROM node_by_hash h JOIN node n ON n.id = h.row WHERE h.prefix = ?1 AND n.hash = ?2"
    " UNION ALL SELECT id FROM node WHERE hash = ?2 AND id > coalesce("
    "(SELECT indexed_to FROM index_state WHERE name = 'node_by_hash'), 0) LIMIT 1";

}  // namespace

class reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    stored_node node_of(const statement& row, int column);
    /// By its hash, as a query for one row tells it.
    std::optional<stored_node> find(const merkle::digest& hash, statement& query);
    std::optional<stored_node> one(std::int64_t id, statement& query);

    connection db;
    statement log{db, log_query()};
    statement node{db, node_query("n.content")};
    statement head{db, node_query("''")};
    statement by_hash{db, find_query};
    string_table strings{db};
    statement cursor{db, "SELECT seq FROM cursor WHERE name = ?1"};
    statement note{db, "SELECT value FROM note WHERE name = ?1"};
    statement after{db, "SELECT at FROM log WHERE seq > ?1 ORDER BY seq LIMIT 1"};
};

stored_node reader::impl::node_of(const statement& row, int column) {
    stored_node made;
    made.id = row.integer_at(column++);
    made.hash = digest_of(row.blob_at(column++)).value_or(merkle::digest{});
    made.parent = digest_of(row.blob_at(column++));
    made.root = digest_of(row.blob_at(column++)).value_or(merkle::digest{});
    made.depth = row.integer_at(column++);
    for (auto* text :
         {&made.role, &made.model, &made.provider, &made.agent_name, &made.project, &made.stop_reason}) {
        *text = strings.text(row.integer_at(column++));
    }
    made.used = usage_at(row, column);
    column += usage_columns;
    made.created_at_us = row.integer_at(column++);
    made.content = row.text_at(column);
    return made;
}

reader::reader(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path); }} {}
reader::~reader() = default;

std::vector<log_row> reader::read_log(std::uint64_t after_seq, std::uint64_t max_bytes,
                                      std::size_t max_rows) {
    std::vector<log_row> rows;
    auto& query = impl_->log;
    reset_at_end guard{query};
    query.integer(1, static_cast<std::int64_t>(after_seq));
    std::uint64_t bytes = 0;
    while (query.step()) {
        const auto seq = static_cast<std::uint64_t>(query.integer_at(0));
        if (rows.empty() || rows.back().seq != seq) {
            if (!rows.empty() && (bytes >= max_bytes || rows.size() >= max_rows)) {
                break;
            }
            rows.push_back({seq, static_cast<log_kind>(query.integer_at(1)), query.integer_at(2), {}});
        }
        if (!query.is_null(3)) {
            rows.back().nodes.push_back(impl_->node_of(query, 3));
            bytes += rows.back().nodes.back().content.size();
        }
    }
    return rows;
}

std::optional<stored_node> reader::impl::find(const merkle::digest& hash, statement& query) {
    reset_at_end guard{by_hash};
    by_hash.integer(1, prefix_of(hash));
    by_hash.blob(2, hash.data(), hash.size());
    return by_hash.step() ? one(by_hash.integer_at(0), query) : std::nullopt;
}

std::optional<stored_node> reader::impl::one(std::int64_t id, statement& query) {
    reset_at_end guard{query};
    query.integer(1, id);
    return query.step() ? std::optional{node_of(query, 0)} : std::nullopt;
}

std::optional<stored_node> reader::find_node(const merkle::digest& hash) {
    return impl_->find(hash, impl_->node);
}

std::optional<stored_node> reader::find_node_head(const merkle::digest& hash) {
    return impl_->find(hash, impl_->head);
}

std::optional<stored_node> reader::node(std::int64_t id) {
    return impl_->one(id, impl_->node);
}

std::optional<stored_node> reader::node_head(std::int64_t id) {
    return impl_->one(id, impl_->head);
}

std::optional<std::uint64_t> reader::cursor(const std::string& name) {
    auto& query = impl_->cursor;
    reset_at_end guard{query};
    query.text(1, name);
    return query.step() ? std::optional{static_cast<std::uint64_t>(query.integer_at(0))} : std::nullopt;
}

std::optional<std::string> reader::note(const std::string& name) {
    auto& query = impl_->note;
    reset_at_end guard{query};
    query.text(1, name);
    return query.step() ? std::optional{std::string{query.text_at(0)}} : std::nullopt;
}

std::uint64_t reader::last_seq() {
    return static_cast<std::uint64_t>(impl_->db.integer("SELECT max(seq) FROM log"));
}

capture::ledger::totals reader::totals() {
    return read_totals(impl_->db);
}

std::optional<std::int64_t> reader::oldest_after_ms(std::uint64_t seq) {
    auto& query = impl_->after;
    reset_at_end guard{query};
    query.integer(1, static_cast<std::int64_t>(seq));
    return query.step() ? std::optional{query.integer_at(0) / 1000} : std::nullopt;
}

}  // namespace tapes::store
