#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/history.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::record {

/// Returns the text in double quotes, for a complaint.
std::string in_quotes(std::string_view text);

/// Compares the turn that an exchange's bytes give with the turn that is stored of it. Both readers must
/// outlive it. For one thread at a time.
class turn_comparison {
public:
    turn_comparison(store::exchange_reader& rows, store::history& history) noexcept
        : rows_{rows}, history_{history} {}

    /// Returns the first difference, as a sentence without its subject, which is the exchange; "" where they
    /// are the same.
    std::string compare(const store::kept_exchange& row, const store::entry& made);

private:
    std::string compare_answers(const store::kept_exchange& row, const store::entry& made);
    std::string compare_matches(const store::kept_exchange& row, const store::entry& made);
    std::string compare_variants(const store::kept_exchange& row, const store::entry& made);
    std::string compare_texts(const store::kept_exchange& row, const store::entry& made);
    std::string compare_names(const store::kept_exchange& row, const store::entry& made);
    bool is_node(std::int64_t id, const merkle::node& made);

    store::exchange_reader& rows_;
    store::history& history_;
};

}  // namespace tapes::record
