#include "jobs/letter_rows.hpp"
#include "write/job.hpp"

#include <tapes/store/dead_letters.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::store {

namespace {

void announce(job_context& context, std::int64_t letter, letter_change kind, std::int64_t attempts,
              std::string_view reason, const letter_due& due = {}) {
    statement row{
        context.db,
        "INSERT INTO dead_letter_change(letter, what, at, attempts, reason, due_at) VALUES(?,?,?,?,?,?)"};
    row.integer(1, letter);
    row.text(2, name_of(kind));
    row.integer(3, context.now_us);
    row.integer(4, attempts);
    row.text(5, reason);
    row.integer(6, due);
    row.run();
    context.rows.write_log(log_kind::dead_letter, sqlite3_last_insert_rowid(context.db.handle()), {},
                           context.now_us);
}

void insert(job_context& context, const dead_letter& letter, const letter_due& due) {
    statement row{context.db,
                  "INSERT INTO dead_letter(state, source, seq, event_id, event_type, topic, partition,"
                  " \"offset\", key, payload, reason, attempts, received_at, last_at, changed_at, due_at)"
                  " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"};
    int at = 1;
    row.text(at++, name_of(due ? letter_state::scheduled : letter_state::pending));
    row.text(at++, letter.source);
    row.id(at++, static_cast<std::int64_t>(letter.seq));
    row.text(at++, letter.event_id);
    row.text(at++, letter.event_type);
    row.text(at++, letter.topic);
    letter.partition < 0 ? row.null(at++) : row.integer(at++, letter.partition);
    letter.offset < 0 ? row.null(at++) : row.integer(at++, letter.offset);
    row.blob(at++, letter.key.data(), letter.key.size());
    letter.payload ? row.blob(at++, letter.payload->data(), letter.payload->size()) : row.null(at++);
    row.text(at++, letter.reason);
    row.integer(at++, static_cast<std::int64_t>(letter.attempts));
    for (int i = 0; i < 3; ++i) {
        row.integer(at++, context.now_us);
    }
    row.integer(at, due);
    row.run();
    announce(context, sqlite3_last_insert_rowid(context.db.handle()), letter_change::received,
             letter.attempts, letter.reason, due);
}

/// What was saved with the same group may stand further on.
void move_cursor(job_context& context, const std::string& name, std::uint64_t seq) {
    statement row{context.db,
                  "INSERT INTO cursor(name, seq) VALUES(?1, ?2)"
                  " ON CONFLICT(name) DO UPDATE SET seq = max(seq, excluded.seq)"};
    row.text(1, name);
    row.integer(2, static_cast<std::int64_t>(seq));
    row.run();
}

std::vector<std::int64_t> chosen(connection& db, const letter_filter& filter) {
    const letter_query query{filter, open_states};
    statement rows{db, "SELECT id FROM dead_letter WHERE " + query.where() + " ORDER BY id"};
    const reset_at_end guard{rows};
    query.bind(rows);
    std::vector<std::int64_t> ids;
    while (rows.step()) {
        ids.push_back(rows.integer_at(0));
    }
    return ids;
}

}  // namespace

void keep_dead_letter(writer& store_writer, dead_letter letter, letter_due due,
                      std::optional<std::uint64_t> moved_to,
                      std::function<void(const std::string& error)> done) {
    start_job(
        store_writer,
        [letter = std::move(letter), due, moved_to](job_context& context) {
            insert(context, letter, due);
            if (moved_to) {
                move_cursor(context, letter.source, *moved_to);
            }
        },
        std::move(done));
}

std::vector<kept_letter> claim_due_letters(writer& store_writer, const std::vector<std::string>& sources,
                                           std::int64_t now_us, std::int64_t lease_us, std::size_t most) {
    std::vector<kept_letter> claimed;
    run_job(store_writer, [&](job_context& context) {
        claimed.clear();
        statement due{context.db, std::string{letter_columns} +
                                      " WHERE state = 'scheduled' AND due_at <= ?1 AND"
                                      " coalesce(leased_until, 0) <= ?1 ORDER BY due_at, id"};
        {
            const reset_at_end guard{due};
            due.integer(1, now_us);
            while (claimed.size() < most && due.step()) {
                auto letter = letter_of(due);
                if (std::ranges::find(sources, letter.source) != sources.end()) {
                    letter.leased_until_us = now_us + lease_us;
                    claimed.push_back(std::move(letter));
                }
            }
        }
        statement lease{context.db, "UPDATE dead_letter SET leased_until = ?2 WHERE id = ?1"};
        for (const auto& letter : claimed) {
            lease.integer(1, letter.id);
            lease.integer(2, letter.leased_until_us);
            lease.run();
        }
    });
    return claimed;
}

bool settle_retry(writer& store_writer, const kept_letter& claimed, const retry_outcome& outcome) {
    bool ours = false;
    run_job(store_writer, [&](job_context& context) {
        const auto state = outcome.delivered ? letter_state::retried
                           : outcome.due     ? letter_state::scheduled
                                             : letter_state::pending;
        statement row{context.db,
                      "UPDATE dead_letter SET state = ?3, attempts = attempts + ?7, retries = retries + ?7,"
                      " reason = CASE WHEN ?4 = '' THEN reason ELSE ?4 END, last_at = ?5, changed_at = ?5,"
                      " due_at = ?6, leased_until = NULL"
                      " WHERE id = ?1 AND leased_until = ?2 AND state = 'scheduled'"};
        row.integer(1, claimed.id);
        row.integer(2, claimed.leased_until_us);
        row.text(3, name_of(state));
        row.text(4, outcome.delivered ? std::string_view{} : std::string_view{outcome.reason});
        row.integer(5, context.now_us);
        row.integer(6, outcome.delivered ? letter_due{} : outcome.due);
        row.integer(7, outcome.counted ? 1 : 0);
        row.run();
        ours = sqlite3_changes(context.db.handle()) == 1;
        if (ours && outcome.delivered) {
            announce(context, claimed.id, letter_change::retried,
                     static_cast<std::int64_t>(claimed.attempts) + 1, claimed.reason);
        }
    });
    return ours;
}

void release_letter_leases(writer& store_writer) {
    run_job(store_writer, [](job_context& context) {
        context.db.exec("UPDATE dead_letter SET leased_until = NULL WHERE leased_until IS NOT NULL");
    });
}

std::uint64_t schedule_letters(writer& store_writer, const letter_filter& filter, std::int64_t now_us) {
    std::uint64_t count = 0;
    run_job(store_writer, [&](job_context& context) {
        const auto ids = chosen(context.db, filter);
        // A lease stays: whoever has it is trying right now.
        statement row{
            context.db,
            "UPDATE dead_letter SET state = 'scheduled', due_at = ?2, changed_at = ?3 WHERE id = ?1"};
        for (const auto id : ids) {
            row.integer(1, id);
            row.integer(2, now_us);
            row.integer(3, context.now_us);
            row.run();
        }
        count = ids.size();
    });
    return count;
}

std::uint64_t discard_letters(writer& store_writer, const letter_filter& filter, const std::string& reason) {
    if (reason.empty()) {
        throw std::invalid_argument{"a dead letter is discarded for a reason"};
    }
    std::uint64_t count = 0;
    run_job(store_writer, [&](job_context& context) {
        const auto ids = chosen(context.db, filter);
        statement row{context.db,
                      "UPDATE dead_letter SET state = 'discarded', discard_reason = ?2, changed_at = ?3,"
                      " due_at = NULL, leased_until = NULL WHERE id = ?1"};
        statement attempts{context.db, "SELECT attempts FROM dead_letter WHERE id = ?1"};
        for (const auto id : ids) {
            row.integer(1, id);
            row.text(2, reason);
            row.integer(3, context.now_us);
            row.run();
            attempts.integer(1, id);
            const auto made = attempts.step() ? attempts.integer_at(0) : 0;
            attempts.reset();
            announce(context, id, letter_change::discarded, made, reason);
        }
        count = ids.size();
    });
    return count;
}

}  // namespace tapes::store
