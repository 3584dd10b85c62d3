#pragma once

#include "delta.hpp"
#include "json.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tapes::llm::openai_chat {

/// The `reasoning_details` or `thinking_blocks` of one choice: fragments of one `index` and `type` are one
/// detail; without an index those of one type that follow each other, up to the one that signs it.
class detail_deltas {
public:
    /// Adds to `held` roughly how many bytes more are held now, also where it throws.
    void merge(std::size_t& held, json_value fragment);
    bool empty() const noexcept { return details_.empty(); }

    /// Appends the array of details, in the order in which they began.
    void write(std::string& out) const;

private:
    std::vector<delta> details_;
    std::map<std::pair<std::int64_t, std::string>, std::size_t> known_;
    std::string last_type_;
    bool last_goes_on_ = false;  ///< the last detail had no index, and was not signed yet
};

}  // namespace tapes::llm::openai_chat
