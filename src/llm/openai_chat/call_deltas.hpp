#pragma once

#include "delta.hpp"
#include "json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tapes::llm::openai_chat {

/// The tool calls of one streamed choice: fragments find their call by `index`, else by `id`, else they go on
/// with the last one. Servers that send whole calls without an index, or all with the same one, are told by
/// their ids; those that change a call's id from fragment to fragment, or give all calls the same, by the
/// name of the function.
class call_deltas {
public:
    std::size_t merge(json_object fragment);
    bool empty() const noexcept { return calls_.empty(); }

    /// Appends the array of calls, by index.
    void write(std::string& out) const;

private:
    struct call {
        std::int64_t order = 0;
        std::string id;
        delta members;
    };
    struct position {
        bool has_index = false;
        std::int64_t index = 0;
        std::string id;
        bool has_function_name = false;
    };

    static position locate(json_object fragment);
    std::size_t find_or_add(const position& place);

    std::vector<call> calls_;
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace tapes::llm::openai_chat
