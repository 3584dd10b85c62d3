#include "file/digest_index.hpp"
#include "file/readable.hpp"
#include "file/row_values.hpp"
#include "read/column_bytes.hpp"

#include <tapes/merkle/dropped.hpp>
#include <tapes/store/chain_reader.hpp>
#include <tapes/store/log_kind.hpp>
#include <tapes/text/hex.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace tapes::store {

namespace {

constexpr const char* chain_query =
    "WITH RECURSIVE up(id, parent, role) AS (SELECT id, parent, role FROM node WHERE id = ?1"
    " UNION ALL SELECT n.id, n.parent, n.role FROM up JOIN node n ON n.id = up.parent)"
    " SELECT id, role, (SELECT min(x.id) FROM exchange x WHERE x.head = up.id) FROM up";

/// A parent's id is always smaller than its child's.
constexpr const char* roles_query =
    "WITH RECURSIVE up(id, parent, role) AS (SELECT id, parent, role FROM node WHERE id = ?1 AND id > ?2"
    " UNION ALL SELECT n.id, n.parent, n.role FROM up JOIN node n ON n.id = up.parent WHERE n.id > ?2)"
    " SELECT role, count(*) FROM up GROUP BY role";

constexpr const char* row_query =
    "SELECT id, hash, parent, root, depth, role, model, provider, agent, project, stop_reason, created_at"
    " FROM node WHERE id = ?1";

/// The newest rows are in no index: see digest_index.
constexpr const char* by_digits_query =
    "SELECT n.id FROM node_by_hash h JOIN node n ON n.id = h.row"
    " WHERE h.prefix BETWEEN ?1 AND ?2 AND n.hash BETWEEN ?3 AND ?4"
    " UNION ALL SELECT id FROM node WHERE hash BETWEEN ?3 AND ?4 AND id > coalesce("
    "(SELECT indexed_to FROM index_state WHERE name = 'node_by_hash'), 0)";

/// A digest from its first digits, the others being `rest`.
std::optional<merkle::digest> digest_from(std::string_view digits, char rest) {
    std::string whole{digits.substr(0, 64)};
    whole.resize(64, rest);
    return digits.empty() || digits.size() > 64 ? std::nullopt : merkle::from_hex(whole);
}

}  // namespace

class chain_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    /// The first row of the log from `seq` on that has nodes.
    struct log_range {
        std::int64_t seq = 0, kind = 0, exchange = 0, first = 0, last = 0;
    };
    std::optional<log_range> range_from(std::int64_t seq);

    connection db;
    string_table strings{db};
    statement up{db, chain_query};
    statement row{db, row_query};
    statement roles{db, roles_query};
    statement by_digits{db, by_digits_query};
    statement answered{db, "SELECT id FROM exchange WHERE head = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"};
    statement answered_count{db, "SELECT count(*) FROM (SELECT 1 FROM exchange WHERE head = ?1 LIMIT 10000)"};
    statement times{db,
                    "SELECT seq, at, first_node FROM log"
                    " WHERE seq >= ?1 AND first_node IS NOT NULL ORDER BY seq LIMIT 1"};
    statement log{db,
                  "SELECT seq, kind, ref, first_node, last_node FROM log"
                  " WHERE seq >= ?1 AND first_node IS NOT NULL ORDER BY seq LIMIT 1"};
};

std::optional<chain_reader::impl::log_range> chain_reader::impl::range_from(std::int64_t seq) {
    const reset_at_end guard{log};
    log.integer(1, seq);
    if (!log.step()) {
        return std::nullopt;
    }
    return log_range{log.integer_at(0), log.integer_at(1), log.integer_at(2), log.integer_at(3),
                     log.integer_at(4)};
}

chain_reader::chain_reader(const std::string& path)
    : impl_{[path] { return std::make_unique<impl>(path); }} {}
chain_reader::~chain_reader() = default;

std::vector<chain_link> chain_reader::chain(std::int64_t node) {
    std::vector<chain_link> links;
    auto& up = impl_->up;
    const reset_at_end guard{up};
    up.integer(1, node);
    while (up.step()) {
        links.push_back({up.integer_at(0), up.integer_at(2),
                         merkle::is_answer_role(impl_->strings.text(up.integer_at(1)))});
    }
    std::ranges::reverse(links);
    return links;
}

std::uint64_t chain_reader::count_answers(std::int64_t node, std::int64_t above) {
    auto& roles = impl_->roles;
    const reset_at_end guard{roles};
    roles.integer(1, node);
    roles.integer(2, above);
    std::uint64_t count = 0;
    while (roles.step()) {
        if (merkle::is_answer_role(impl_->strings.text(roles.integer_at(0)))) {
            count += static_cast<std::uint64_t>(roles.integer_at(1));
        }
    }
    return count;
}

std::optional<node_row> chain_reader::row(std::int64_t node) {
    auto& row = impl_->row;
    const reset_at_end guard{row};
    row.integer(1, node);
    if (!row.step()) {
        return std::nullopt;
    }
    node_row made;
    int at = 0;
    made.id = row.integer_at(at++);
    made.hash = digest_of(row.blob_at(at++)).value_or(merkle::digest{});
    made.parent = row.integer_at(at++);
    made.root = row.integer_at(at++);
    made.depth = row.integer_at(at++);
    for (auto* const text :
         {&made.role, &made.model, &made.provider, &made.agent_name, &made.project, &made.stop_reason}) {
        *text = impl_->strings.text(row.integer_at(at++));
    }
    made.created_at_us = row.integer_at(at);
    return made;
}

std::uint64_t chain_reader::content(std::int64_t node, const std::function<bool(std::string_view)>& take) {
    const column_bytes bytes{impl_->db, "node", "content", node};
    const auto size = bytes.size();
    std::array<char, piece_bytes> piece;
    for (int at = 0; at < size;) {
        const auto count = std::min<int>(size - at, static_cast<int>(piece.size()));
        if (!bytes.read(piece.data(), count, at)) {
            throw std::runtime_error{"the content of node " + std::to_string(node) + " cannot be read"};
        }
        if (!take({piece.data(), static_cast<std::size_t>(count)})) {
            break;
        }
        at += count;
    }
    return static_cast<std::uint64_t>(size);
}

std::uint64_t chain_reader::content_part(std::int64_t node, std::uint64_t at, std::size_t most,
                                         std::string& to) {
    const column_bytes bytes{impl_->db, "node", "content", node};
    const auto size = static_cast<std::uint64_t>(bytes.size());
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, size - std::min(at, size)));
    const auto before = to.size();
    to.resize(before + count);
    if (count != 0 && !bytes.read(to.data() + before, static_cast<int>(count), static_cast<int>(at))) {
        throw std::runtime_error{"the content of node " + std::to_string(node) + " cannot be read"};
    }
    return size;
}

std::vector<std::int64_t> chain_reader::find(std::string_view digits, std::size_t most) {
    std::vector<std::int64_t> found;
    const auto first = digest_from(digits, '0');
    const auto last = digest_from(digits, 'f');
    if (!first || !last) {
        return found;
    }
    // Prefixes are signed, and the first digit tells the sign: the range is one of numbers, too.
    auto& query = impl_->by_digits;
    const reset_at_end guard{query};
    query.integer(1, prefix_of(*first));
    query.integer(2, prefix_of(*last));
    query.blob(3, first->data(), first->size());
    query.blob(4, last->data(), last->size());
    // A row may be in both while it is sorted in.
    while (found.size() < most && query.step()) {
        if (std::ranges::find(found, query.integer_at(0)) == found.end()) {
            found.push_back(query.integer_at(0));
        }
    }
    return found;
}

std::vector<std::int64_t> chain_reader::answered(std::int64_t node, std::int64_t before, std::size_t most) {
    std::vector<std::int64_t> found;
    auto& query = impl_->answered;
    const reset_at_end guard{query};
    query.integer(1, node);
    query.integer(2, before);
    query.integer(3, static_cast<std::int64_t>(most));
    while (query.step()) {
        found.push_back(query.integer_at(0));
    }
    std::ranges::reverse(found);
    return found;
}

std::uint64_t chain_reader::count_answered(std::int64_t node) {
    auto& query = impl_->answered_count;
    const reset_at_end guard{query};
    query.integer(1, node);
    return query.step() ? static_cast<std::uint64_t>(query.integer_at(0)) : 0;
}

std::int64_t chain_reader::first_exchange(std::int64_t node) {
    // Rows of the log have nodes in the order of their ids.
    std::int64_t low = 1;
    std::int64_t high = impl_->db.integer("SELECT max(seq) FROM log");
    while (low <= high) {
        const auto middle = low + (high - low) / 2;
        const auto found = impl_->range_from(middle);
        if (!found || found->seq > high || found->first > node) {
            high = middle - 1;
        } else if (found->last < node) {
            low = found->seq + 1;
        } else {
            const auto kind = static_cast<log_kind>(found->kind);
            return kind == log_kind::exchange || kind == log_kind::amendment ? found->exchange : 0;
        }
    }
    return 0;
}

std::optional<std::int64_t> chain_reader::first_node_since(std::int64_t at_us) {
    // Rows of the log stand in the order of their times, as far as the clock does.
    std::optional<std::int64_t> found;
    std::int64_t low = 1;
    std::int64_t high = impl_->db.integer("SELECT max(seq) FROM log");
    auto& times = impl_->times;
    while (low <= high) {
        const auto middle = low + (high - low) / 2;
        const reset_at_end guard{times};
        times.integer(1, middle);
        if (!times.step() || times.integer_at(0) > high) {
            high = middle - 1;
        } else if (times.integer_at(1) >= at_us) {
            found = times.integer_at(2);
            high = middle - 1;
        } else {
            low = times.integer_at(0) + 1;
        }
    }
    return found;
}

}  // namespace tapes::store
