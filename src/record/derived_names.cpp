#include "derived_names.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::record {

namespace {

using store::name_kind;

std::uint64_t hash_of(std::string_view name, std::int64_t exchange) {
    // The finalizer of MurmurHash3.
    auto value = std::hash<std::string_view>{}(name) + static_cast<std::uint64_t>(exchange);
    for (const auto factor : {0xff51afd7ed558ccdULL, 0xc4ceb9fe1a85ec53ULL}) {
        value = (value ^ (value >> 33U)) * factor;
    }
    return value ^ (value >> 33U);
}

std::uint64_t& sum_of(std::vector<std::uint64_t>& sums, std::uint64_t hash) {
    return sums[hash % sums.size()];
}

/// The names of one kind that a turn gave, each once.
std::vector<std::string_view> names_of(const store::entry& made, name_kind kind) {
    std::vector<std::string_view> names;
    if (made.dropped != capture::drop_reason::none || !made.stateful) {
        return names;
    }
    if (kind == name_kind::item) {
        names.assign(made.item_ids.begin(), made.item_ids.end());
        std::ranges::sort(names);
        const auto repeated = std::ranges::unique(names);
        names.erase(repeated.begin(), repeated.end());
    } else {
        names.emplace_back(made.conversation);
    }
    std::erase(names, std::string_view{});
    return names;
}

}  // namespace

derived_names::derived_names(store::derived_rows& rows, store::history& history)
    : rows_{rows}, history_{history} {}

void derived_names::add(const store::kept_exchange& row, const store::entry& made) {
    last_ = row.seq;
    proved_.add(row.seq);
    for (const auto kind : {name_kind::item, name_kind::conversation}) {
        for (const auto name : names_of(made, kind)) {
            const auto found =
                kind == name_kind::item ? history_.by_item(name) : history_.by_conversation(name);
            if (found && found->exchange == row.seq) {
                sum_of(given_[static_cast<std::size_t>(kind)].hashes, hash_of(name, row.seq)) +=
                    hash_of(name, row.seq);
            }
        }
    }
}

template <class Visit>
void derived_names::each(name_kind kind, Visit&& visit) {
    std::string after;
    for (auto page = rows_.names(kind, after); !page.empty(); page = rows_.names(kind, after)) {
        for (const auto& one : page) {
            if (one.exchange <= last_) {  // else it came while the store was checked
                visit(one);
            }
        }
        after = std::move(page.back().text);
    }
}

std::uint64_t derived_names::finish(const turn_again& again, store::findings& wrong) {
    std::uint64_t unproved = 0;
    std::optional<std::vector<std::int64_t>> amended;
    for (const auto kind : {name_kind::item, name_kind::conversation}) {
        auto& sums = given_[static_cast<std::size_t>(kind)].hashes;
        each(kind, [&](const auto& one) {
            if (!proved_.contains(one.exchange)) {
                ++unproved;
                return;
            }
            const auto hash = hash_of(one.text, one.exchange);
            sum_of(sums, hash) -= hash;
        });
        if (std::ranges::all_of(sums, [](const auto sum) { return sum == 0; })) {
            continue;
        }
        each(kind, [&](const auto& one) {
            if (!proved_.contains(one.exchange) || sum_of(sums, hash_of(one.text, one.exchange)) == 0 ||
                !is_wrong(kind, one, again)) {
                return;
            }
            if (!amended) {
                amended = rows_.amended();
            }
            // What the first, shorter answer was called is not in the fuller one's bytes.
            if (std::ranges::binary_search(*amended, one.exchange)) {
                ++unproved;
            } else {
                wrong.add(std::string{store::table_of(kind)} + " " + one.text + ": exchange " +
                          std::to_string(one.exchange) + " has given no such name");
            }
        });
    }
    return unproved;
}

bool derived_names::is_wrong(name_kind kind, const store::derived_rows::name& one, const turn_again& again) {
    const auto* const made = again(one.exchange);
    if (made == nullptr) {
        return false;  // changed since; what is wrong with it was told
    }
    const auto names = names_of(*made, kind);
    return std::ranges::find(names, one.text) == names.end();
}

}  // namespace tapes::record
