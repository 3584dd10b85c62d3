#include "pass/bare_runs.hpp"

namespace tapes::catalogue {

bare_runs::bare_runs(sqlite::connection& db)
    : newest_{db, "SELECT first, last FROM bare_run ORDER BY first DESC LIMIT 1"},
      keep_{db,
            "INSERT INTO bare_run(first, last) VALUES(?1, ?2)"
            " ON CONFLICT(first) DO UPDATE SET last = excluded.last"} {
    forget();
}

void bare_runs::add(std::int64_t node) {
    auto& newest = changed_.empty() ? stored_ : changed_.back();
    if (newest.last + 1 != node || newest.first == 0) {
        changed_.push_back({node, node});
        return;
    }
    newest.last = node;
    if (changed_.empty()) {
        changed_.push_back(newest);
    }
}

void bare_runs::flush() {
    for (const auto& one : changed_) {
        keep_.integer(1, one.first);
        keep_.integer(2, one.last);
        keep_.run();
    }
    if (!changed_.empty()) {
        stored_ = changed_.back();
        changed_.clear();
    }
}

void bare_runs::forget() {
    changed_.clear();
    const sqlite::reset_at_end guard{newest_};
    stored_ = newest_.step() ? run{newest_.integer_at(0), newest_.integer_at(1)} : run{};
}

}  // namespace tapes::catalogue
