#include "file/readable.hpp"
#include "file/schema.hpp"
#include "file/totals.hpp"
#include "verify/parts.hpp"

#include <tapes/store/store.hpp>

#include <algorithm>
#include <array>

namespace tapes::store {

namespace {

/// Runs one part; what SQLite cannot read ends the part, not the check.
template <class Part>
void guarded(const char* what, findings& wrong, Part&& part) {
    try {
        part();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& failure) {
        wrong.add(std::string{what} + " cannot be read: " + failure.what());
    }
}

verify_bounds bounds_of(connection& db, findings& wrong) {
    verify_bounds now;
    // Each on its own: where one page is damaged, the rest can still be checked.
    const auto newest = [&](const std::string& table, const std::string& key) {
        std::int64_t last = 0;
        guarded(table.c_str(), wrong, [&] { last = db.integer("SELECT max(" + key + ") FROM " + table); });
        return last;
    };
    db.exec("BEGIN");
    now.last_seq = newest("log", "seq");
    now.last_node = newest("node", "id");
    now.last_piece = newest("piece", "id");
    now.last_exchange = newest("exchange", "id");
    guarded("total", wrong, [&] {
        now.totals = read_totals(db);
        statement odd{db, "SELECT name FROM total WHERE typeof(value) <> 'integer' OR value < 0"};
        while (odd.step()) {
            wrong.add("total " + std::string{odd.text_at(0)} + ": is no number of exchanges");
        }
        statement names{db, "SELECT name FROM total"};
        while (names.step()) {
            if (!is_total(names.text_at(0))) {
                wrong.add("total " + std::string{names.text_at(0)} + ": the ledger has no such figure");
            }
        }
    });
    guarded("where the rows end", wrong, [&] {
        for (auto [sql, to] :
             {std::pair{"SELECT name, iif(typeof(seq) = 'integer', seq, -1) FROM cursor", &now.cursors},
              std::pair{"SELECT name, indexed_to FROM index_state", &now.indexed_to}}) {
            statement query{db, sql};
            while (query.step()) {
                (*to)[std::string{query.text_at(0)}] = query.integer_at(1);
            }
        }
        // Rows that are gone from the end are missing as well.
        now.last_seq =
            std::max(now.last_seq, db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'log'"));
        now.last_node =
            std::max(now.last_node, db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'node'"));
    });
    db.rollback();
    return now;
}

/// Table by table: a check of all at once would keep the WAL from being reused for as long as it takes.
void verify_file(connection& db, const verify_options& options, findings& wrong) {
    std::vector<std::string> tables;
    {
        statement query{db, "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"};
        while (query.step()) {
            tables.emplace_back(query.text_at(0));
        }
    }
    const progress_steps steps{options.on_progress, "tables", static_cast<std::int64_t>(tables.size())};
    std::int64_t done = 0;
    for (const auto& table : tables) {
        guarded(("table " + table).c_str(), wrong, [&] {
            statement check{db, "PRAGMA integrity_check('" + table + "')"};
            while (check.step()) {
                if (check.text_at(0) != "ok") {
                    wrong.add("SQLite, table " + table + ": " + std::string{check.text_at(0)});
                }
            }
        });
        steps.reached(++done);
    }
}

void verify_cursors(const verify_bounds& until, findings& wrong) {
    for (const auto& [name, seq] : until.cursors) {
        if (name.empty()) {
            wrong.add("cursor: one has no name");
        }
        if (seq < 0 || seq > until.last_seq) {
            wrong.add("cursor " + name + ": stands at " + std::to_string(seq) + ", the log ends at " +
                      std::to_string(until.last_seq));
        }
    }
}

/// See unfinished_store.
void verify_finished(connection& db, const std::string& path, findings& wrong) {
    statement mark{db, "SELECT value FROM note WHERE name = 'unfinished'"};
    const bool marked = mark.step();
    if (marked || path.ends_with(".unfinished")) {  // killed early, there is no mark yet
        wrong.add("the store is unfinished: `tapes " +
                  (marked ? std::string{mark.text_at(0)} : std::string{"rederive` or `tapes rebuild"}) +
                  "` did not come to its end; run it again");
    }
}

void verify_secret(connection& db, findings& wrong) {
    constexpr int key_bytes = 32;
    if (db.integer("SELECT length(value) FROM secret WHERE name = 'redaction_key'") != key_bytes) {
        wrong.add("secret: the key of the redactions is missing, or is no key");
    }
}

/// What the program or its readers rely on. What somebody has added is theirs.
void verify_schema(connection& db, findings& wrong) {
    connection made{":memory:", SQLITE_OPEN_READWRITE};
    migrate(made);
    statement all{made, "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY rowid"};
    statement found{db, "SELECT 1 FROM sqlite_master WHERE type = ?1 AND name = ?2"};
    while (all.step()) {
        const reset_at_end guard{found};
        found.text(1, all.text_at(0));
        found.text(2, all.text_at(1));
        if (!found.step()) {
            wrong.add("the schema: " + std::string{all.text_at(0)} + " " + std::string{all.text_at(1)} +
                      " is missing");
        }
    }
}

}  // namespace

void findings::add(std::string line) {
    const sync::lock_guard guard{mutex_};
    ++count_;
    if (lines_.size() < most_) {
        lines_.push_back(std::move(line));
    }
}

std::vector<std::string> findings::lines() const {
    const sync::lock_guard guard{mutex_};
    return lines_;
}

std::uint64_t findings::count() const {
    const sync::lock_guard guard{mutex_};
    return count_;
}

std::int64_t verify_bounds::indexed(const std::string& table) const {
    const auto found = indexed_to.find(table);
    return found == indexed_to.end() ? 0 : found->second;
}

verify_figures verify(const verify_options& options, findings& wrong) {
    check_store(options.path);
    verify_figures seen;
    guarded("the store", wrong, [&] {
        connection db{options.path, SQLITE_OPEN_READONLY};
        const auto until = bounds_of(db, wrong);
        guarded("the schema", wrong, [&] { verify_schema(db, wrong); });
        verify_file(db, options, wrong);
        guarded("nodes", wrong, [&] { verify_nodes(options, until, seen, wrong); });
        guarded("pieces", wrong, [&] { verify_pieces(db, options, until, seen, wrong); });
        guarded("node_by_hash", wrong,
                [&] { verify_index(db, until, "node_by_hash", "node", "hash", true, wrong); });
        guarded("node_by_match", wrong,
                [&] { verify_index(db, until, "node_by_match", "node", "match", false, wrong); });
        guarded("piece_by_digest", wrong,
                [&] { verify_index(db, until, "piece_by_digest", "piece", "digest", false, wrong); });
        guarded("log", wrong, [&] { verify_log(db, options, until, seen, wrong); });
        guarded("origins", wrong, [&] { verify_origins(db, options, until, wrong); });
        guarded("orphans", wrong, [&] { verify_orphans(db, seen, wrong); });
        guarded("exchanges", wrong, [&] { verify_exchanges(db, options, until, seen, wrong); });
        guarded("node_variant", wrong, [&] { verify_variants(db, wrong); });
        verify_cursors(until, wrong);
        guarded("note", wrong, [&] { verify_finished(db, options.path, wrong); });
        guarded("secret", wrong, [&] { verify_secret(db, wrong); });
    });
    return seen;
}

}  // namespace tapes::store
