#pragma once

#include "file/row_values.hpp"

#include <tapes/capture/ledger.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/store/verify.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tapes::store {

/// What was committed when the check began. Later rows are not looked at.
struct verify_bounds {
    std::int64_t last_seq = 0;
    std::int64_t last_node = 0;
    std::int64_t last_piece = 0;
    std::int64_t last_exchange = 0;
    capture::ledger::totals totals;
    std::map<std::string, std::int64_t> cursors;
    std::map<std::string, std::int64_t> indexed_to;

    std::int64_t indexed(const std::string& table) const;
};

/// Tells how far a check has come, but not for every row.
class progress_steps {
public:
    progress_steps(const progress& to, std::string_view what, std::int64_t of)
        : to_{to}, what_{what}, of_{static_cast<std::uint64_t>(of)} {
        reached(0);
    }
    void reached(std::int64_t done) const {
        if (to_) {
            to_(what_, static_cast<std::uint64_t>(done), of_);
        }
    }

private:
    const progress& to_;
    std::string_view what_;
    std::uint64_t of_;
};

/// So many rows are read before the read transaction ends.
constexpr std::int64_t rows_at_once = 1024;

void verify_nodes(const verify_options& options, const verify_bounds& until, verify_figures& seen,
                  findings& wrong);
/// That `table` has no more than one row for each row it indexes, and that no digest is there twice.
void verify_index(connection& db, const verify_bounds& until, const std::string& table,
                  const std::string& rows, const std::string& column, bool unique, findings& wrong);
void verify_pieces(connection& db, const verify_options& options, const verify_bounds& until,
                   verify_figures& seen, findings& wrong);
void verify_log(connection& db, const verify_options& options, const verify_bounds& until,
                verify_figures& seen, findings& wrong);
/// That what a node was given besides what is hashed is that of the exchange that first stored it.
void verify_origins(connection& db, const verify_options& options, const verify_bounds& until,
                    findings& wrong);
/// Nodes that wait for their parents: each holds what its hash says, and no parent is here.
void verify_orphans(connection& db, verify_figures& seen, findings& wrong);
/// Checks that the rows that name an exchange name one that is there.
void verify_references(connection& db, findings& wrong);
/// Checks that each text that was said differently belongs to a node.
void verify_variants(connection& db, findings& wrong);
/// Checks exchanges, what refers to them, and the ledger.
void verify_exchanges(connection& db, const verify_options& options, const verify_bounds& until,
                      verify_figures& seen, findings& wrong);

}  // namespace tapes::store
