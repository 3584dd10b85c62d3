#include "file/digest_index.hpp"
#include "verify/parts.hpp"

#include <tapes/merkle/chain.hpp>

#include <map>
#include <vector>

namespace tapes::store {

namespace {

constexpr std::int64_t orphans_at_once = 2048;

/// Checks a page of orphans within one read transaction: a parent that comes meanwhile takes its orphans
/// with it, so each is seen as it was at one moment.
class orphan_check {
public:
    orphan_check(connection& db, findings& wrong) : db_{db}, wrong_{wrong} {}

    /// Returns the last id, 0 at the end.
    std::int64_t page(std::int64_t after, verify_figures& seen) {
        db_.exec("BEGIN");
        std::int64_t last = 0;
        absent_.clear();
        {
            const reset_at_end guard{rows_};
            rows_.integer(1, after);
            rows_.integer(2, orphans_at_once);
            while (rows_.step()) {
                last = rows_.integer_at(0);
                ++seen.orphans;
                check();
            }
        }
        check_absent();
        db_.rollback();
        return last;
    }

private:
    void tell(std::int64_t id, const std::string& problem) {
        wrong_.add("orphan " + std::to_string(id) + ": " + problem);
    }

    void check() {
        const auto id = rows_.integer_at(0);
        const auto own = digest_of(rows_.blob_at(1));
        const auto parent = digest_of(rows_.blob_at(2));
        if (!own || !parent) {
            tell(id, "its hash or that of its parent is no digest");
            return;
        }
        const merkle::identity identity{std::string{rows_.text_at(4)}, std::string{rows_.text_at(5)},
                                        std::string{rows_.text_at(6)}};
        const std::string role{rows_.text_at(3)};
        const auto made = merkle::hash_stored(parent, identity, role, rows_.text_at(8));
        if (!made || *made != *own) {
            tell(id, "its hash is not that of what it holds");
        }
        absent_[*own].push_back({id, "is a node as well"});
        if (rows_.is_null(7)) {  // else its parent has come, and it could not join
            absent_[*parent].push_back({id, "waits, but its parent is there"});
        }
    }

    /// None of the digests is a node.
    void check_absent() {
        const auto indexed =
            db_.integer("SELECT coalesce(max(indexed_to), 0) FROM index_state WHERE name = 'node_by_hash'");
        for (const auto& [digest, identity] : absent_) {
            const reset_at_end guard{older_};
            older_.integer(1, prefix_of(digest));
            older_.blob(2, digest.data(), digest.size());
            if (older_.step()) {
                tell_all(identity);
            }
        }
        const reset_at_end guard{newer_};
        newer_.integer(1, absent_.empty() ? INT64_MAX : indexed);
        while (newer_.step()) {
            const auto hash = digest_of(newer_.blob_at(0));
            if (const auto found = hash ? absent_.find(*hash) : absent_.end(); found != absent_.end()) {
                tell_all(found->second);
            }
        }
    }

    struct claim {
        std::int64_t id;
        const char* broken;
    };
    void tell_all(const std::vector<claim>& identity) {
        for (const auto& one : identity) {
            tell(one.id, one.broken);
        }
    }

    connection& db_;
    findings& wrong_;
    statement rows_{db_,
                    "SELECT id, hash, parent, role, model, provider, agent, problem, content FROM orphan"
                    " WHERE id > ?1 ORDER BY id LIMIT ?2"};
    statement older_{db_,
                     "SELECT 1 FROM node_by_hash i JOIN node n ON n.id = i.row WHERE i.prefix = ?1"
                     " AND n.hash = ?2"};
    statement newer_{db_, "SELECT hash FROM node WHERE id > ?1"};
    std::map<merkle::digest, std::vector<claim>> absent_;
};

}  // namespace

void verify_orphans(connection& db, verify_figures& seen, findings& wrong) {
    orphan_check check{db, wrong};
    std::int64_t last = 0;
    do {
        last = check.page(last, seen);
    } while (last != 0);
    const auto lost = db.integer(
        "SELECT count(*) FROM received r WHERE NOT EXISTS(SELECT 1 FROM node n WHERE n.id = r.node)");
    if (lost != 0) {
        wrong.add("received: " + std::to_string(lost) + " rows name nodes that are missing");
    }
}

}  // namespace tapes::store
