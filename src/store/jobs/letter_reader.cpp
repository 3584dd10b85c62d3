#include "file/readable.hpp"
#include "jobs/letter_rows.hpp"

#include <tapes/store/dead_letters.hpp>

#include <map>
#include <string>
#include <string_view>

namespace tapes::store {

namespace {

constexpr std::string_view change_columns =
    "SELECT id, letter, what, at, attempts, reason, due_at FROM dead_letter_change";

kept_change change_of(const statement& row) {
    kept_change made;
    made.id = row.integer_at(0);
    made.letter.id = row.integer_at(1);
    const auto name = row.text_at(2);
    made.kind = name == name_of(letter_change::retried)     ? letter_change::retried
                : name == name_of(letter_change::discarded) ? letter_change::discarded
                                                            : letter_change::received;
    made.at_us = row.integer_at(3);
    made.attempts = static_cast<unsigned>(row.integer_at(4));
    made.reason = row.text_at(5);
    made.due_at_us = row.integer_at(6);
    return made;
}

}  // namespace

class letter_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    connection db;
    statement one{db, std::string{letter_columns} + " WHERE id = ?1"};
    statement history{db, std::string{change_columns} + " WHERE letter = ?1 ORDER BY id"};
    statement change{db, std::string{change_columns} + " WHERE id = ?1"};
    statement totals{db,
                     "SELECT topic, state, count(*), min(received_at) FROM dead_letter"
                     " GROUP BY topic, state ORDER BY topic, state"};
    statement changes{db, "SELECT id, what FROM dead_letter_change WHERE id > ?1 ORDER BY id"};
    // Changes are only ever added: each is counted once in the life of a reader.
    std::map<std::string, std::uint64_t, std::less<>> counted;
    std::int64_t counted_to = 0;
};

letter_reader::letter_reader(const std::string& path)
    : impl_{[path] { return std::make_unique<impl>(path); }} {}
letter_reader::~letter_reader() = default;

std::vector<kept_letter> letter_reader::list(const letter_filter& filter, std::size_t most) {
    const letter_query query{filter};
    // The payload's place is kept, its bytes are not read.
    std::string columns{letter_columns};
    columns.replace(columns.find(" payload,"), std::string_view{" payload,"}.size(), " NULL,");
    statement rows{impl_->db, columns + " WHERE " + query.where() + " ORDER BY id DESC"};
    const reset_at_end guard{rows};
    query.bind(rows);
    std::vector<kept_letter> letters;
    while (letters.size() < most && rows.step()) {
        letters.push_back(letter_of(rows));
    }
    return letters;
}

std::optional<kept_letter> letter_reader::find(std::int64_t id) {
    auto& row = impl_->one;
    const reset_at_end guard{row};
    row.integer(1, id);
    return row.step() ? std::optional{letter_of(row)} : std::nullopt;
}

std::vector<kept_change> letter_reader::history(std::int64_t letter) {
    auto& rows = impl_->history;
    const reset_at_end guard{rows};
    rows.integer(1, letter);
    std::vector<kept_change> changes;
    while (rows.step()) {
        changes.push_back(change_of(rows));
    }
    return changes;
}

std::optional<kept_change> letter_reader::change(std::int64_t id) {
    std::optional<kept_change> made;
    {
        auto& row = impl_->change;
        const reset_at_end guard{row};
        row.integer(1, id);
        if (!row.step()) {
            return std::nullopt;
        }
        made = change_of(row);
    }
    made->letter = find(made->letter.id).value_or(kept_letter{});
    return made;
}

std::uint64_t letter_reader::count_open(const letter_filter& filter) {
    const letter_query query{filter, open_states};
    statement row{impl_->db, "SELECT count(*) FROM dead_letter WHERE " + query.where()};
    const reset_at_end guard{row};
    query.bind(row);
    return row.step() ? static_cast<std::uint64_t>(row.integer_at(0)) : 0;
}

std::vector<letter_reader::total> letter_reader::totals() {
    auto& rows = impl_->totals;
    const reset_at_end guard{rows};
    std::vector<total> all;
    while (rows.step()) {
        all.push_back({std::string{rows.text_at(0)},
                       letter_state_of(rows.text_at(1)).value_or(letter_state::pending),
                       static_cast<std::uint64_t>(rows.integer_at(2)), rows.integer_at(3)});
    }
    return all;
}

std::uint64_t letter_reader::changes(letter_change kind) {
    auto& part = *impl_;
    const reset_at_end guard{part.changes};
    part.changes.integer(1, part.counted_to);
    while (part.changes.step()) {
        part.counted_to = part.changes.integer_at(0);
        ++part.counted[std::string{part.changes.text_at(1)}];
    }
    const auto found = part.counted.find(std::string_view{name_of(kind)});
    return found == part.counted.end() ? 0 : found->second;
}

}  // namespace tapes::store
