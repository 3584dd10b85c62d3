#include "file/interner.hpp"

namespace tapes::store {

interner::interner(connection& db)
    : find_{db, "SELECT id FROM string WHERE value = ?1"},
      make_{db, "INSERT INTO string(value) VALUES(?1)"},
      db_{db.handle()} {}

std::int64_t interner::id_of(std::string_view value) {
    if (value.empty()) {
        return 0;
    }
    auto& recent = recent_[(value.size() * 8 + static_cast<unsigned char>(value.back())) % recent_.size()];
    if (recent != nullptr && recent->first == value) {
        return recent->second;
    }
    if (const auto known = known_.find(value); known != known_.end()) {
        recent = &*known;
        return known->second;
    }
    std::int64_t id = 0;
    {
        reset_at_end guard{find_};
        find_.text(1, value);
        if (find_.step()) {
            id = find_.integer_at(0);
        }
    }
    if (id == 0) {
        make_.text(1, value);
        make_.run();
        id = sqlite3_last_insert_rowid(db_);
    }
    if (known_.size() >= limit) {
        forget();
    }
    known_.emplace(value, id);
    return id;
}

}  // namespace tapes::store
