#pragma once

#include "json.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Returns true for JSON that tells nothing: null, zero, false, and empty values.
bool tells_nothing(std::string_view json) noexcept;

/// The usage of a streamed answer, put together from all events that tell of it: of each figure the newest
/// one. Some servers end with figures that they did not fill in: null overwrites nothing, and zero only
/// beside a prompt's tokens that were counted, and never such a sum. A total is never less than before where
/// it is less than its parts.
class usage_delta {
public:
    /// Takes the usage that an event tells. Adds to `held` roughly how many bytes more are held now, also
    /// where it throws: what stood before a fault stays.
    void merge(std::size_t& held, json_object from);

    bool empty() const noexcept { return members_.empty(); }

    /// Appends the usage as a JSON object.
    void write(std::string& out) const;

private:
    /// The names of a sum and of its parts in an API.
    struct sum_names {
        std::string_view total, input, output;
    };
    static const std::array<sum_names, 4> sums;

    void keep_total(const sum_names& names, const std::string& before);
    std::string figure(std::string_view name) const;
    void merge_members(std::size_t& held, json_object from, bool counted, int depth);
    void merge_member(std::size_t& held, json_value from, bool zero_counts, int depth);

    std::string json_;  ///< of a figure; "" for an object
    std::map<std::string, usage_delta, std::less<>> members_;
};

}  // namespace tapes::llm
