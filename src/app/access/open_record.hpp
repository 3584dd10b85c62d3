#pragma once

#include <tapes/config/config.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>
#include <tapes/store/reading_place.hpp>

#include <memory>
#include <string>

namespace tapes::app {

/// The configured store as commands read it, with its catalogue brought up to date and what tokens cost.
class open_record {
public:
    /// Shows how far the catalogue has come, where that takes more than a second. Throws std::exception with
    /// one line for people.
    explicit open_record(const config::settings& settings);

    read::sources& from() noexcept { return *from_; }
    /// Where the store can be read.
    const std::string& path() const noexcept { return place_.path(); }
    const read::price_table& prices() const noexcept { return prices_; }

private:
    store::reading_place place_;
    read::price_table prices_;
    std::unique_ptr<read::sources> from_;
};

}  // namespace tapes::app
