#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

struct table_column {
    std::string_view title;
    column::side aligned = column::side::left;
    std::size_t most = 0;  ///< columns of the screen; 0: as many as it needs
    /// Where the screen is too narrow, columns of the highest rank go first; 0 stays.
    int rank = 0;
    std::size_t least = 0;  ///< columns of the screen, for rows that come later
};

struct table_cell {
    std::string text;  ///< visible
    words colour = words{""};
};

/// Writes rows in columns that fit the screen. Where it is too narrow columns go, then those of text are cut;
/// a last one of text takes what is left. Widths are those of the first rows; what is wider is cut. Without a
/// terminal all columns are there and nothing is cut.
class table {
public:
    static constexpr std::size_t least_last = 18;  ///< of a last column of text, before others go
    static constexpr std::size_t rows_measured = 200;

    table(printer& out, const screen& to, std::vector<table_column> columns)
        : out_{out}, to_{to}, columns_{std::move(columns)} {}

    /// A cell for each column.
    void add(std::vector<table_cell> row);
    /// Writes what is left.
    void finish();

private:
    void measure();
    std::size_t whole_width() const;
    bool drop_one();
    bool narrow_one();
    void write_titles();
    void write_row(const std::vector<table_cell>& row);
    void write_cell(std::size_t at, std::string_view text, words colour, bool last);

    printer& out_;
    const screen& to_;
    std::vector<table_column> columns_;
    std::vector<std::size_t> shown_;   ///< of columns_
    std::vector<std::size_t> widths_;  ///< of columns_
    std::vector<std::vector<table_cell>> rows_;
    bool measured_ = false;
};

}  // namespace tapes::app
