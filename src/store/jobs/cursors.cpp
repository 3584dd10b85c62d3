#include "file/readable.hpp"
#include "write/job.hpp"

#include <tapes/store/cursors.hpp>

namespace tapes::store {

namespace {

/// What was sent with rows behind `seq` goes again.
void forget_sent(job_context& context, const std::string& name, std::uint64_t seq) {
    statement row{context.db,
                  "DELETE FROM sent WHERE cursor = (SELECT id FROM string WHERE value = ?1) AND seq > ?2"};
    row.text(1, name);
    row.integer(2, static_cast<std::int64_t>(seq));
    row.run();
}

}  // namespace

std::vector<kept_cursor> list_cursors(const std::string& path) {
    connection db{readable(path), SQLITE_OPEN_READONLY};
    statement rows{db, "SELECT name, seq FROM cursor ORDER BY name"};
    std::vector<kept_cursor> all;
    while (rows.step()) {
        all.push_back({std::string{rows.text_at(0)}, static_cast<std::uint64_t>(rows.integer_at(1))});
    }
    return all;
}

void set_cursor(writer& store_writer, const std::string& name, std::uint64_t seq) {
    run_job(store_writer, [&](job_context& context) {
        put_cursor(context, name, seq);
        forget_sent(context, name, seq);
    });
}

bool delete_cursor(writer& store_writer, const std::string& name) {
    bool any = false;
    run_job(store_writer, [&](job_context& context) {
        statement row{context.db, "DELETE FROM cursor WHERE name = ?1"};
        row.text(1, name);
        row.run();
        any = sqlite3_changes(context.db.handle()) != 0;
        forget_sent(context, name, 0);
    });
    return any;
}

}  // namespace tapes::store
