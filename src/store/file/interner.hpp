#pragma once

#include "file/sqlite.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tapes::store {

/// Text to the id it has in `string`, made on first use. Bounded memory: names come from clients.
class interner {
public:
    explicit interner(connection& db);

    /// 0 for the empty text.
    std::int64_t id_of(std::string_view value);
    /// A transaction was rolled back: what it made is gone.
    void forget() noexcept {
        recent_.fill(nullptr);
        known_.clear();
    }

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    static constexpr std::size_t limit = 16384;

    statement find_;
    statement make_;
    sqlite3* db_;
    std::unordered_map<std::string, std::int64_t, text_hash, std::equal_to<>> known_;
    /// What was asked for last, by length and last letters: most turns have the names of the one before them.
    std::array<const std::pair<const std::string, std::int64_t>*, 64> recent_{};
};

}  // namespace tapes::store
