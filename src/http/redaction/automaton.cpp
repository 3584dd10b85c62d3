#include "redaction/automaton.hpp"

#include "redaction/escapes.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <bit>
#include <numeric>

namespace tapes::http {

credential_automaton::credential_automaton(const std::vector<std::string>& values) {
    std::size_t bytes = 1;
    for (const auto& value : values) {
        bytes += value.size();
        longest_ = std::max(longest_, value.size());
    }
    states_.reserve(bytes);
    states_.push_back({none, 0, 0, none, 0, 0});
    table_.assign(std::bit_ceil(bytes * 2), none);
    for (std::uint32_t which = 0; which < values.size(); ++which) {
        std::uint32_t at = 0;
        for (const char c : values[which]) {
            const auto byte = static_cast<unsigned char>(c);
            const auto known = child(at, byte);
            at = known != none ? known : add_child(at, byte);
        }
        if (at != 0 && states_[at].found == none) {
            states_[at].found = which;
            states_[at].found_size = states_[at].depth;
        }
    }
    link();
}

std::uint32_t& credential_automaton::slot(std::uint32_t from, unsigned char byte) noexcept {
    const auto key = (std::uint64_t{from} << 8) | byte;
    const auto mask = table_.size() - 1;
    auto at = static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ULL) >> 32) & mask;
    while (table_[at] != none && (states_[table_[at]].parent != from || states_[table_[at]].byte != byte)) {
        at = (at + 1) & mask;
    }
    return table_[at];
}

std::uint32_t credential_automaton::child(std::uint32_t from, unsigned char byte) const noexcept {
    return const_cast<credential_automaton*>(this)->slot(from, byte);
}

std::uint32_t credential_automaton::add_child(std::uint32_t from, unsigned char byte) {
    const auto made = static_cast<std::uint32_t>(states_.size());
    states_.push_back({from, 0, states_[from].depth + 1, none, 0, byte});
    slot(from, byte) = made;
    return made;
}

/// Sets where to go on from where a text does not go on as a value does: the state of the longest end of what
/// was read that begins a value.
void credential_automaton::link() {
    std::vector<std::uint32_t> by_depth(states_.size());
    std::iota(by_depth.begin(), by_depth.end(), 0U);
    std::ranges::stable_sort(by_depth, {}, [&](std::uint32_t one) { return states_[one].depth; });
    for (const auto one : by_depth) {
        auto& its = states_[one];
        if (its.depth > 1) {
            its.fallback = next(states_[its.parent].fallback, its.byte);
        }
        if (its.found == none) {
            its.found = states_[its.fallback].found;
            its.found_size = states_[its.fallback].found_size;
        }
    }
}

std::uint32_t credential_automaton::next(std::uint32_t from, unsigned char byte) const noexcept {
    while (true) {
        if (const auto there = child(from, byte); there != none) {
            return there;
        }
        if (from == 0) {
            return 0;
        }
        from = states_[from].fallback;
    }
}

void credential_automaton::find(std::string_view in, spelling spelled, std::vector<occurrence>& out) const {
    constexpr std::size_t block = std::size_t{64} * 1024;
    std::size_t counted = 0;
    std::vector<std::size_t> begins(longest_ + 1);  // of the last characters read, by their numbers
    const auto first = out.size();
    std::uint32_t at_state = 0;
    std::size_t number = 0;
    for (std::size_t at = 0; at < in.size(); ++number) {
        if (at - counted >= block) {
            text::count_work(at - counted);
            counted = at;
        }
        begins[number % begins.size()] = at;
        char meant = in[at];
        at += spelled == spelling::json      ? escape_length(in.substr(at), meant)
              : spelled == spelling::percent ? percent_length(in.substr(at), meant)
                                             : 1;
        at_state = next(at_state, static_cast<unsigned char>(meant));
        const auto& reached = states_[at_state];
        if (reached.found == none) {
            continue;
        }
        occurrence one{begins[(number + 1 - reached.found_size) % begins.size()], 0, reached.found};
        while (out.size() > first && out.back().at + out.back().size > one.at) {
            if (out.back().at < one.at) {
                one.at = out.back().at;
                one.which = out.back().which;
            }
            out.pop_back();
        }
        one.size = static_cast<std::uint32_t>(at - one.at);
        out.push_back(one);
    }
}

}  // namespace tapes::http
