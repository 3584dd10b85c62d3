#pragma once

#include "file/sqlite.hpp"

#include <tapes/store/import.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// Microseconds since the epoch of a date as v0.4 writes it: `2006-01-02 15:04:05.999999999-07:00`, or
/// without an offset in UTC. Nothing for other text.
std::optional<std::int64_t> read_date(std::string_view text);

/// The nodes of a file that passed `check_reference_file`, read only. Columns that older files lack are
/// empty. Throws open_error where those are missing that must be there, sqlite_error where it cannot be read.
class import_source {
public:
    explicit import_source(const std::string& path);

    /// Where a node stands; rows by their number in the file.
    struct place {
        std::int64_t row = 0;
        std::string hash;    ///< as the file has it
        std::string parent;  ///< "" at a root
    };
    /// All of them, in the order of the file.
    std::vector<place> places();

    /// From the columns; `from_bucket`: from what the bucket column says, where the two differ. Nothing where
    /// the row is gone, or its bucket no JSON.
    std::optional<reference_node> read(std::int64_t row, bool from_bucket);

private:
    std::string columns(bool from_bucket) const;
    bool has(const std::string& column) const;

    int steps_ = 0;  ///< of the present row; before the connection, which counts them
    connection db_;
    std::vector<std::string> columns_;
    std::optional<statement> read_columns_;
    std::optional<statement> read_bucket_;
};

}  // namespace tapes::store
