#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tapes::exports {

/// What a form cannot express and an export therefore leaves out, for people.
class left_out {
public:
    void add(std::string_view thing, std::uint64_t count = 1) {
        if (count != 0) {
            counts_[std::string{thing}] += count;
        }
    }
    bool empty() const noexcept { return counts_.empty(); }
    /// How often of each.
    const std::map<std::string, std::uint64_t>& counts() const noexcept { return counts_; }

private:
    std::map<std::string, std::uint64_t> counts_;
};

}  // namespace tapes::exports
