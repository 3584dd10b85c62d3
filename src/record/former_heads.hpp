#pragma once

#include <tapes/store/derived_rows.hpp>
#include <tapes/store/history.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Knows what exchanges led to before a fuller answer came: to the question, or to a shorter answer. Reads
/// the store when it is asked, and goes on reading where others write. The readers must outlive it, and
/// throw. For one thread at a time.
class former_heads {
public:
    former_heads(store::derived_rows& rows, store::history& history) : rows_{rows}, history_{history} {}

    /// Tells whether the node is the question, or an answer to it, of an exchange before `before` with this
    /// response id whose answer became fuller. "" stands for any response id.
    bool contains(std::int64_t node, std::int64_t before, std::string_view response_id);

private:
    struct answered {
        std::int64_t question = 0;
        std::string response_id;
        std::int64_t exchange = 0;
        auto operator<=>(const answered&) const = default;
    };
    void read_new();
    bool is_question(std::int64_t node, std::int64_t before, std::string_view response_id) const;

    store::derived_rows& rows_;
    store::history& history_;
    std::vector<answered> answered_;  ///< in order, each once
    std::int64_t read_to_ = 0;        ///< row of the log
};

}  // namespace tapes::record
