#include "file/row_values.hpp"

#include <algorithm>

namespace tapes::store {

std::optional<merkle::digest> digest_of(std::span<const std::uint8_t> bytes) {
    merkle::digest made{};
    if (bytes.size() != made.size()) {
        return std::nullopt;
    }
    std::ranges::copy(bytes, made.begin());
    return made;
}

merkle::usage usage_at(const statement& row, int at) {
    merkle::usage used;
    for (const auto& [name, figure] : merkle::usage_figures) {
        used.*figure = row.optional_at(at++);
    }
    return used;
}

void bind_usage(statement& row, int at, const merkle::usage& used) {
    for (const auto& [name, figure] : merkle::usage_figures) {
        row.integer(at++, used.*figure);
    }
}

const std::string* string_table::find(std::int64_t id) {
    if (id == 0) {
        return &none_;
    }
    if (const auto found = known_.find(id); found != known_.end()) {
        return &found->second;
    }
    const reset_at_end guard{find_};
    find_.integer(1, id);
    if (!find_.step()) {
        return nullptr;
    }
    if (known_.size() >= limit) {
        known_.clear();
    }
    return &known_.emplace(id, find_.text_at(0)).first->second;
}

std::string string_table::text(std::int64_t id) {
    const auto* const found = find(id);
    return found == nullptr ? std::string{} : *found;
}

}  // namespace tapes::store
