#include "file/totals.hpp"

#include <algorithm>
#include <string>

namespace tapes::store {

namespace {

std::string row_of(std::size_t reason) {
    return "dropped." + std::string{capture::drop_reason_names[reason]};
}

const std::array<std::string, capture::drop_reason_names.size()>& rows() {
    static const auto names = [] {
        std::array<std::string, capture::drop_reason_names.size()> made;
        for (std::size_t i = 1; i < made.size(); ++i) {
            made[i] = row_of(i);
        }
        return made;
    }();
    return names;
}

}  // namespace

capture::ledger::totals read_totals(connection& db) {
    capture::ledger::totals found;
    statement query{db, "SELECT name, value FROM total"};
    while (query.step()) {
        const auto name = query.text_at(0);
        const auto value = static_cast<std::uint64_t>(query.integer_at(1));
        if (name == "accepted") {
            found.accepted = value;
        } else if (name == "recorded") {
            found.recorded = value;
        }
        for (std::size_t i = 1; i < rows().size(); ++i) {
            if (name == rows()[i]) {
                found.dropped[i] = value;
            }
        }
    }
    return found;
}

bool is_total(std::string_view name) {
    return name == "accepted" || name == "recorded" ||
           std::ranges::find(rows().begin() + 1, rows().end(), name) != rows().end();
}

capture::ledger::totals operator+(const capture::ledger::totals& a,
                                  const capture::ledger::totals& b) noexcept {
    auto sum = a;
    sum.accepted += b.accepted;
    sum.recorded += b.recorded;
    for (std::size_t i = 0; i < sum.dropped.size(); ++i) {
        sum.dropped[i] += b.dropped[i];
    }
    return sum;
}

bool same(const capture::ledger::totals& a, const capture::ledger::totals& b) noexcept {
    return a.accepted == b.accepted && a.recorded == b.recorded && a.dropped == b.dropped;
}

capture::ledger::totals book_crash(connection& db) {
    auto found = read_totals(db);
    const auto settled = found.recorded + found.dropped_total();
    if (found.accepted > settled) {
        found.dropped[static_cast<std::size_t>(capture::drop_reason::crash)] += found.accepted - settled;
        totals_rows{db}.write(found);
    }
    return found;
}

totals_rows::totals_rows(connection& db)
    : set_{db,
           "INSERT INTO total(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = "
           "excluded.value"},
      stored_{read_totals(db)} {}

void totals_rows::write(const capture::ledger::totals& now) {
    write_one("accepted", stored_.accepted, now.accepted);
    write_one("recorded", stored_.recorded, now.recorded);
    for (std::size_t i = 1; i < rows().size(); ++i) {
        write_one(rows()[i], stored_.dropped[i], now.dropped[i]);
    }
}

void totals_rows::write_one(std::string_view name, std::uint64_t stored, std::uint64_t now) {
    if (stored != now) {
        set_.text(1, name);
        set_.integer(2, static_cast<std::int64_t>(now));
        set_.run();
    }
}

}  // namespace tapes::store
