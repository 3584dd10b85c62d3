#pragma once

#include "file/sqlite.hpp"

#include <tapes/capture/ledger.hpp>

#include <string_view>

namespace tapes::store {

/// The ledger's totals of all runs, as the rows of `total`.
capture::ledger::totals read_totals(connection& db);

capture::ledger::totals operator+(const capture::ledger::totals& a,
                                  const capture::ledger::totals& b) noexcept;
bool same(const capture::ledger::totals& a, const capture::ledger::totals& b) noexcept;

/// Tells whether a row of `total` has a name of the ledger's.
bool is_total(std::string_view name);

/// Books what an unclean stop left open as `crash`, and returns the totals of all runs before this one.
capture::ledger::totals book_crash(connection& db);

/// Writes those totals that differ from what is stored.
class totals_rows {
public:
    explicit totals_rows(connection& db);

    /// Within a transaction of the caller, which calls `committed` when it has succeeded.
    void write(const capture::ledger::totals& now);
    void committed(const capture::ledger::totals& now) noexcept { stored_ = now; }
    bool differ(const capture::ledger::totals& now) const noexcept { return !same(stored_, now); }

private:
    void write_one(std::string_view name, std::uint64_t stored, std::uint64_t now);

    statement set_;
    capture::ledger::totals stored_;
};

}  // namespace tapes::store
