#include "own_prices.hpp"

#include <tapes/config/load.hpp>

#include <iterator>
#include <stdexcept>

namespace tapes::app {

std::vector<read::price_row> own_prices(const std::vector<config::price_settings>& tables) {
    std::vector<read::price_row> rows;
    for (const auto& table : tables) {
        try {
            auto more = read::read_price_rows(table.toml);
            rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                        std::make_move_iterator(more.end()));
        } catch (const std::runtime_error& wrong) {
            throw config::error{table.where + ": [[prices]]: " + wrong.what(), config::source::file};
        }
    }
    return rows;
}

}  // namespace tapes::app
