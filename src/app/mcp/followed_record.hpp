#pragma once

#include <tapes/config/config.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>
#include <tapes/store/file_identity.hpp>
#include <tapes/store/reading_place.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tapes::app {

/// The configured store as a process reads it that lives long: opened when it is first asked for, and anew
/// where store or catalogue have been replaced since. One thread.
class followed_record {
public:
    /// Throws std::runtime_error where the price table cannot be read.
    explicit followed_record(const config::settings& settings);

    /// Brings the catalogue up to date, for some seconds at most. Throws std::exception in one line where the
    /// store or its catalogue cannot be read. Valid until the next call.
    read::sources& from();
    const read::price_table& prices() const noexcept { return prices_; }
    /// What is missing in the catalogue, a sentence; "": nothing. Of the last call of `from`.
    const std::string& missing() const noexcept { return missing_; }

private:
    struct opened;

    void catch_up();
    bool is_current() const;

    config::settings settings_;
    read::price_table prices_;
    std::unique_ptr<opened> open_;
    std::string missing_;

public:
    ~followed_record();
    followed_record(const followed_record&) = delete;
    followed_record& operator=(const followed_record&) = delete;
};

}  // namespace tapes::app
