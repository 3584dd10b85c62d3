#include "write/committer.hpp"

#include "file/log_vfs.hpp"
#include "file/whole_copy.hpp"

#include <tapes/store/clock.hpp>

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace tapes::store {

namespace {

constexpr std::uint64_t frame_header_bytes = 24;  // https://sqlite.org/fileformat2.html#the_write_ahead_log

}  // namespace

struct committer::session {
    session(const std::string& path, synchronous durability, row_indexes& indexes)
        : db{path, SQLITE_OPEN_READWRITE, log.name()}, rows{db, indexes} {
        db.exec("PRAGMA journal_mode = WAL");
        set_synchronous(durability);
        if (durability == synchronous::full) {
            log.gather(db.handle());
        }
        db.exec("PRAGMA wal_autocheckpoint = 0");
        db.exec("PRAGMA journal_size_limit = 67108864");
        // Small on purpose: a commit may walk the whole cache (splits of the hash index move pages by way of
        // the page past 1 GiB, which makes pcache1 look at every bucket). Misses are served by the system's.
        db.exec("PRAGMA cache_size = -6144");
        db.exec("PRAGMA temp_store = MEMORY");
    }

    void set_synchronous(synchronous durability) {
        db.exec(durability == synchronous::full ? "PRAGMA synchronous = FULL"
                                                : "PRAGMA synchronous = NORMAL");
    }

    log_vfs log;
    connection db;
    entry_rows rows;
    totals_rows totals{db};
    statement begin{db, "BEGIN IMMEDIATE"};
    statement end{db, "COMMIT"};
    statement savepoint{db, "SAVEPOINT one"};
    statement release{db, "RELEASE one"};
    statement undo{db, "ROLLBACK TO one"};
    statement cursor{db, put_cursor_sql};
    statement note{db,
                   "INSERT INTO note(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = "
                   "excluded.value"};
};

committer::committer(const open_options& options, row_indexes& indexes)
    : options_{options}, indexes_{indexes}, place_{options.path} {
    open(false);
    indexes_.each([&](digest_index& index) { index.load(session_->db); });
    base_ = book_crash(session_->db);
    session_->totals.committed(base_);
    last_seq_ = static_cast<std::uint64_t>(session_->rows.last_seq());
}

committer::~committer() = default;

void committer::open(bool same_file) {
    session_ = std::make_unique<session>(options_.path, options_.durability, indexes_);
    try {
        place_.opened(session_->db, same_file);
    } catch (...) {
        session_.reset();  // another store has none of the rows that ours are linked to
        throw;
    }
    wal_frame_bytes_ =
        static_cast<std::uint64_t>(session_->db.integer("PRAGMA page_size")) + frame_header_bytes;
    sqlite3_wal_hook(
        session_->db.handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<committer*>(self)->committed_pages(static_cast<std::uint64_t>(pages));
            return SQLITE_OK;
        },
        this);
}

void committer::reopen() {
    copies_.end_all();
    session_.reset();
    open(true);
    // A COMMIT that reported an error after its frames were written is found by the recovery of the WAL.
    landed_ = uncertain_ && uncertain_->last_seq > last_seq_ &&
              uncertain_->last_seq == static_cast<std::uint64_t>(session_->rows.last_seq());
    if (landed_) {  // and what was forgotten is there
        indexes_.each([&](digest_index& index) { index.load(session_->db); });
    }
}

bool committer::ledger_moved(const capture::ledger& account) const noexcept {
    return session_ != nullptr && session_->totals.differ(base_ + account.read());
}

group_result committer::commit(const group& batch, const capture::ledger& account) {
    if (session_ == nullptr) {
        reopen();
    }
    if (landed_) {
        // Its sync has failed, and a repeated fsync may succeed without writing anything: only the copy in
        // the database, with a sync of its own, makes it durable.
        if (!checkpoint()) {
            throw sqlite_error{SQLITE_BUSY, "waiting for readers to let the log be copied"};
        }
        landed_ = false;
        last_seq_ = uncertain_->last_seq;
        return *std::exchange(uncertain_, std::nullopt);
    }
    uncertain_.reset();
    // A savepoint per entry costs more than the entries' rows in the cache: they are set only once one has
    // failed.
    bool one_failed = false;
    auto result = attempt(batch, account, false, one_failed);
    if (one_failed) {
        result = attempt(batch, account, true, one_failed);
    }
    last_seq_ = result.last_seq;
    return result;
}

group_result committer::attempt(const group& batch, const capture::ledger& account, bool isolated,
                                bool& one_failed) {
    auto& rows = session_->rows;
    const auto start = rows.here();
    group_result result;
    result.outcomes.reserve(batch.entries.size());
    capture::ledger::totals added;
    try {
        session_->begin.run();
        const auto at = now_us();
        for (const auto& one : batch.entries) {
            entry_outcome outcome;
            if (isolated) {
                outcome = write_isolated(*one, at);
            } else {
                try {
                    outcome = write_one(*one, at);
                } catch (const sqlite_error& error) {
                    one_failed = !error.concerns_all();
                    throw;
                } catch (const std::exception&) {
                    one_failed = true;
                    throw;
                }
            }
            result.outcomes.push_back(outcome);
            const auto count = [&added](capture::drop_reason reason) -> std::uint64_t& {
                return reason == capture::drop_reason::none ? added.recorded
                                                            : added.dropped[static_cast<std::size_t>(reason)];
            };
            ++count(outcome.reason);
            if (outcome.before) {
                --count(*outcome.before);  // it was counted before; below 0 it wraps, and back in the sum
            }
        }
        write_values(batch);
        for (const auto& one : batch.jobs) {
            result.errors.push_back(write_job(*one, at));
        }
        const auto totals = base_ + account.read() + added;
        session_->totals.write(totals);
        result.last_seq = static_cast<std::uint64_t>(rows.last_seq());
        result.new_nodes = static_cast<std::uint64_t>(rows.here().next_node - start.next_node);
        // Twice what came is sorted in, so that an index is done long before the next batch is full.
        const auto share = 2 * (result.new_nodes + result.new_nodes / 4) + 8;
        indexes_.each([&](digest_index& index) { index.merge(session_->db, share); });
        uncertain_ = result;
        session_->end.run();
        uncertain_.reset();
        indexes_.each([](digest_index& index) { index.committed(); });
        session_->totals.committed(totals);
        return result;
    } catch (...) {
        session_->db.rollback();
        indexes_.each([](digest_index& index) { index.rolled_back(); });
        rows.rolled_back_to(start);
        if (one_failed && !isolated) {
            return {};
        }
        throw;
    }
}

/// Within a savepoint. False: it was undone, `error` says why. What concerns all is thrown on.
bool committer::guarded(const std::function<void()>& write, std::string& error) {
    auto& rows = session_->rows;
    const auto before = rows.here();
    session_->savepoint.run();
    try {
        write();
    } catch (const std::exception& failure) {
        const auto* disk_error = dynamic_cast<const sqlite_error*>(&failure);
        if ((disk_error != nullptr && disk_error->concerns_all()) || !session_->db.in_transaction()) {
            throw;
        }
        error = failure.what();
        session_->undo.run();
        session_->release.run();
        rows.rolled_back_to(before);
        return false;
    }
    session_->release.run();
    return true;
}

entry_outcome committer::write_one(const entry& turn, std::int64_t now_us) {
    auto& rows = session_->rows;
    if (turn.exchange->amends != 0) {
        const auto made = rows.amend(turn, now_us);
        return {made.now, made.before, turn.exchange->amends};
    }
    const auto made = rows.write(turn, now_us);
    return {made.dropped, std::nullopt, made.id, made.completes};
}

entry_outcome committer::write_isolated(const entry& turn, std::int64_t now_us) {
    auto& rows = session_->rows;
    std::string error;
    entry_outcome outcome;
    if (guarded([&] { outcome = write_one(turn, now_us); }, error)) {
        return outcome;
    }
    spdlog::warn("store: exchange {}: {}", capture::to_string(turn.exchange->id), error);
    outcome = {capture::drop_reason::store_error, std::nullopt, 0};
    if (turn.exchange->amends != 0) {
        outcome.before = outcome.reason;  // its row stays as it was
        return outcome;
    }
    if (turn.exchange->part == capture::exchange_part::question) {  // it comes again, with its answer
        return outcome;
    }
    if (!guarded([&] { rows.write_bare(turn, now_us); }, error)) {
        spdlog::warn("store: exchange {}: {}", capture::to_string(turn.exchange->id), error);
    }
    return outcome;
}

std::string committer::write_job(job& work, std::int64_t now_us) {
    job_context context{session_->db, session_->rows.strings(), session_->rows, indexes_, now_us};
    std::string error;
    if (!guarded([&] { work.write(context); }, error) && error.empty()) {
        error = "failed";
    }
    return error;
}

void committer::write_values(const group& batch) {
    for (const auto& [name, seq] : batch.cursors) {
        session_->cursor.text(1, name);
        session_->cursor.integer(2, static_cast<std::int64_t>(seq));
        session_->cursor.run();
    }
    for (const auto& [name, value] : batch.notes) {
        session_->note.text(1, name);
        session_->note.text(2, value);
        session_->note.run();
    }
}

bool committer::tidy() {
    constexpr std::size_t at_once = 16384;
    bool any = false;
    indexes_.each([&](digest_index& index) {
        index.freeze_some();
        any = any || index.merging();
    });
    if (!any || session_ == nullptr) {
        return false;
    }
    try {
        session_->begin.run();
        indexes_.each([&](digest_index& index) { index.merge(session_->db, at_once); });
        session_->end.run();
    } catch (...) {
        session_->db.rollback();
        indexes_.each([](digest_index& index) { index.rolled_back(); });
        throw;
    }
    indexes_.each([](digest_index& index) { index.committed(); });
    return true;
}

void committer::write_anew() {
    if (session_ == nullptr) {
        throw sqlite_error{SQLITE_CANTOPEN, place_.reason(place_.look())};
    }
    store::write_anew(session_->db, place_);
    copier_.reset();
    copies_.end_all();
    session_.reset();
    wal_pages_ = 0;
    copied_pages_ = 0;
    place_.forget();
    open(false);
}

void committer::copy_to(const std::string& to) {
    if (session_ == nullptr) {
        throw sqlite_error{SQLITE_CANTOPEN, place_.reason(place_.look())};
    }
    copy_store(session_->db, to);
}

void committer::begin_copy(const std::string& id, const copy_target& to) {
    if (session_ == nullptr) {
        throw sqlite_error{SQLITE_CANTOPEN, place_.reason(place_.look())};
    }
    copies_.begin(id, session_->db, to);
}

void committer::committed_pages(std::uint64_t in_log) noexcept {
    if (in_log < wal_pages_) {
        copied_pages_ = 0;  // it has started over
    }
    wal_pages_ = in_log;
}

bool committer::checkpoint() {
    if (session_ == nullptr || !release_log()) {
        return false;
    }
    int in_log = 0;
    int moved = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(session_->db.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (code != SQLITE_OK) {
        session_->db.fail(code);
    }
    if (in_log == moved) {
        wal_pages_ = 0;
        copied_pages_ = 0;
        return true;
    }
    return false;
}

/// What was copied is on the disk, and the log free to start over. False: the disk failed.
bool committer::release_log() {
    if (copier_ == nullptr) {
        return true;
    }
    copier_->wait();  // for one that began before the last copy
    copier_->start_sync();
    copier_->wait();
    if (!copier_->synced()) {
        return false;
    }
    copier_->unpin();
    return true;
}

void committer::copy() {
    if (session_ == nullptr) {
        return;
    }
    if (copier_ == nullptr) {
        copier_ = std::make_unique<wal_copier>(options_.path);
    }
    if (copier_->broken()) {
        return;
    }
    copier_->pin();
    session_->db.exec("PRAGMA synchronous = OFF");
    const int code = sqlite3_wal_checkpoint_v2(session_->db.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               nullptr, nullptr);
    // Also what failed midway may have copied some.
    copier_->copied(uncopied());
    try {
        session_->set_synchronous(options_.durability);
    } catch (...) {
        copies_.end_all();
        session_.reset();  // no commit without it
        throw;
    }
    if (code != SQLITE_OK) {
        session_->db.fail(code);
    }
    copied_pages_ = wal_pages_;
}

void committer::start_sync() {
    if (copier_ != nullptr) {
        copier_->start_sync();
    }
}

void committer::checkpoint_and_truncate() {
    if (session_ == nullptr) {
        return;
    }
    if (!release_log()) {
        // The next to open the store reads the whole log again, and copies it anew.
        sqlite3_db_config(session_->db.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        throw sqlite_error{SQLITE_IOERR_FSYNC, "the database file could not be synced; the log is kept"};
    }
    copier_.reset();
    sqlite3_busy_timeout(session_->db.handle(), 200);
    const int code = sqlite3_wal_checkpoint_v2(session_->db.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                               nullptr, nullptr);
    if (code != SQLITE_OK) {
        session_->db.fail(code);
    }
    wal_pages_ = 0;
    copied_pages_ = 0;
}

}  // namespace tapes::store
