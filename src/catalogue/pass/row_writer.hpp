#pragma once

#include "pass/values.hpp"

#include <tapes/sqlite/connection.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::catalogue {

/// Writes new rows of one table, many of them with one statement: to begin and end a statement costs as much
/// as several small rows do. Such a statement opens a savepoint, at which FTS5 writes out what it has
/// gathered; so it is for the end of a transaction.
class row_writer {
public:
    /// `into` is what stands before VALUES: `INSERT INTO leaf(thread, node)`, with so many columns.
    row_writer(sqlite::connection& db, std::string into, int columns);

    /// Has each row bound by `bind(value_binder&, row)`. Bound texts must live until this returns.
    template <class Rows, class Bind>
    void write(const Rows& rows, Bind&& bind) {
        write(rows, bind, 0);
    }
    /// The same with a statement for each row, which opens no savepoint.
    template <class Rows, class Bind>
    void write_singly(const Rows& rows, Bind&& bind) {
        write(rows, bind, sizes.size() - 1);
    }

private:
    static constexpr std::array<std::size_t, 3> sizes{64, 8, 1};  ///< rows of a statement

    template <class Rows, class Bind>
    void write(const Rows& rows, Bind& bind, std::size_t first_size) {
        auto at = rows.begin();
        std::size_t left = rows.size();
        for (std::size_t i = first_size; i < sizes.size(); ++i) {
            for (; left >= sizes[i]; left -= sizes[i]) {
                value_binder to{statement_of(i)};
                for (std::size_t row = 0; row < sizes[i]; ++row, ++at) {
                    bind(to, *at);
                }
                to.run();
            }
        }
    }

    sqlite::statement& statement_of(std::size_t size);

    sqlite::connection& db_;
    std::string into_;
    int columns_;
    std::array<std::unique_ptr<sqlite::statement>, sizes.size()> statements_;
};

}  // namespace tapes::catalogue
