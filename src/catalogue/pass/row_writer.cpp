#include "pass/row_writer.hpp"

#include <utility>

namespace tapes::catalogue {

namespace {

/// `(?,?),(?,?)` for two rows of two columns.
std::string places_of(std::size_t rows, int columns) {
    std::string one = "(?";
    for (int i = 1; i < columns; ++i) {
        one += ",?";
    }
    one += ')';
    std::string all = one;
    for (std::size_t i = 1; i < rows; ++i) {
        all += ',' + one;
    }
    return all;
}

}  // namespace

row_writer::row_writer(sqlite::connection& db, std::string into, int columns)
    : db_{db}, into_{std::move(into)}, columns_{columns} {}

sqlite::statement& row_writer::statement_of(std::size_t size) {
    auto& made = statements_[size];
    if (made == nullptr) {
        made = std::make_unique<sqlite::statement>(db_, into_ + " VALUES" + places_of(sizes[size], columns_));
    }
    return *made;
}

}  // namespace tapes::catalogue
