#pragma once

#include "json.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Returns true for JSON that tells nothing: null, zero, false, and empty values.
bool tells_nothing(std::string_view json) noexcept;

/// The usage of a streamed answer, put together from all events that tell of it: of each figure the newest
/// one. Some servers end with figures that they did not fill in: null overwrites nothing, and zero only
/// beside a prompt's tokens that were counted, and never such a sum.
class usage_delta {
public:
    /// Takes the usage that an event tells. Adds to `held` roughly how many bytes more are held now, also
    /// where it throws: what stood before a fault stays.
    void merge(std::size_t& held, json_object from);

    bool empty() const noexcept { return members_.empty(); }

    /// Appends the usage as a JSON object.
    void write(std::string& out) const;

private:
    void merge_members(std::size_t& held, json_object from, bool counted, int depth);
    void merge_member(std::size_t& held, json_value from, bool zero_counts, int depth);

    std::string json_;  ///< of a figure; "" for an object
    std::map<std::string, usage_delta, std::less<>> members_;
};

}  // namespace tapes::llm
