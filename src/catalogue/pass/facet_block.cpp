#include "pass/facet_block.hpp"

#include <algorithm>

namespace tapes::catalogue {

namespace {

constexpr unsigned low_bits = 7;

void append_number(std::string& to, std::uint64_t number) {
    while (number >> low_bits != 0) {
        to.push_back(static_cast<char>((number & 0x7fU) | 0x80U));
        number >>= low_bits;
    }
    to.push_back(static_cast<char>(number));
}

/// Takes a number off the front. False where there is none.
bool take_number(std::span<const std::uint8_t>& from, std::int64_t& number) {
    std::uint64_t made = 0;
    for (unsigned shift = 0; shift < 64 && !from.empty(); shift += low_bits) {
        const auto byte = from.front();
        from = from.subspan(1);
        made |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
        if (byte < 0x80U) {
            number = static_cast<std::int64_t>(made);
            return true;
        }
    }
    return false;
}

}  // namespace

void facet_block::add(std::size_t place, const node_facets& facets) {
    auto& at = set_of_[place];
    if (at != 0) {
        return;
    }
    // Nodes that follow each other have the same facets, for the most.
    const auto known = std::find(sets_.rbegin(), sets_.rend(), facets);
    if (known == sets_.rend()) {
        sets_.push_back(facets);
        at = static_cast<std::uint16_t>(sets_.size());
    } else {
        at = static_cast<std::uint16_t>(sets_.rend() - known);
    }
    end_ = std::max(end_, place + 1);
}

std::string facet_block::sets_as_bytes() const {
    std::string made;
    for (const auto& one : sets_) {
        for (const auto id : {one.role, one.model, one.provider, one.project, one.agent, one.tools}) {
            append_number(made, static_cast<std::uint64_t>(id));
        }
    }
    return made;
}

std::string facet_block::nodes_as_bytes() const {
    std::string made;
    made.reserve(2 * end_);
    for (std::size_t i = 0; i < end_; ++i) {
        made.push_back(static_cast<char>(set_of_[i] & 0xffU));
        made.push_back(static_cast<char>(set_of_[i] >> 8U));
    }
    return made;
}

std::vector<node_facets> facet_block::read_sets(std::span<const std::uint8_t> bytes) {
    std::vector<node_facets> made;
    node_facets one;
    while (take_number(bytes, one.role) && take_number(bytes, one.model) &&
           take_number(bytes, one.provider) && take_number(bytes, one.project) &&
           take_number(bytes, one.agent) && take_number(bytes, one.tools)) {
        made.push_back(one);
    }
    return made;
}

void facet_block::read(std::span<const std::uint8_t> sets, std::span<const std::uint8_t> nodes) {
    sets_ = read_sets(sets);
    set_of_ = {};
    end_ = std::min(set_of_.size(), nodes.size() / 2);
    for (std::size_t i = 0; i < end_; ++i) {
        const auto set = static_cast<std::size_t>(nodes[2 * i]) | static_cast<std::size_t>(nodes[2 * i + 1])
                                                                      << 8U;
        set_of_[i] = set <= sets_.size() ? static_cast<std::uint16_t>(set) : std::uint16_t{0};
    }
}

}  // namespace tapes::catalogue
