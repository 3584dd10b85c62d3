#include "pass/kind_table.hpp"

#include "pass/values.hpp"

namespace tapes::catalogue {

namespace {

void bind_kind(value_binder& to, const session_kind& kind) {
    to.integer(kind.project).integer(kind.agent).integer(kind.client).integer(kind.caller);
    to.integer(kind.provider).integer(kind.model).integer(kind.errors).integer(kind.lasting);
}

}  // namespace

kind_table::kind_table(sqlite::connection& db)
    : db_{db},
      find_{db,
            "SELECT id FROM session_kind WHERE project = ?1 AND agent = ?2 AND client = ?3 AND caller = ?4"
            " AND provider = ?5 AND model = ?6 AND errors = ?7 AND lasting = ?8"},
      make_{db,
            "INSERT INTO session_kind(project, agent, client, caller, provider, model, errors, lasting)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"} {}

void kind_table::classify(session_row& session) {
    const session_kind kind{session.project,
                            session.agent,
                            session.client,
                            session.caller,
                            session.provider,
                            session.model,
                            session.sums.errors > 0 ? 1 : 0,
                            lasting_of(session.first_at, session.last_at)};
    auto known = known_.find(kind);
    if (known == known_.end()) {
        if (known_.size() >= limit) {
            known_.clear();
        }
        known = known_.emplace(kind, stored(kind)).first;
    }
    session.changed = session.changed || session.kind != known->second;
    session.kind = known->second;
}

std::int64_t kind_table::stored(const session_kind& kind) {
    {
        const sqlite::reset_at_end guard{find_};
        value_binder to{find_};
        bind_kind(to, kind);
        if (find_.step()) {
            return find_.integer_at(0);
        }
    }
    value_binder to{make_};
    bind_kind(to, kind);
    to.run();
    return sqlite3_last_insert_rowid(db_.handle());
}

}  // namespace tapes::catalogue
