#pragma once

#include "gemini/names.hpp"
#include "json.hpp"

#include <string_view>
#include <utility>

namespace tapes::llm::gemini {

/// Calls `take(key, value)` with each member of an object, and in place of its member `inside`, where that is
/// an object, with each member of it: gemini-cli speaks to Code Assist with requests and answers in an
/// envelope (google-gemini/gemini-cli, packages/core/src/code_assist/converter.ts).
template <class Take>
void visit_members(json_object from, std::string_view inside, Take&& take) {
    for (auto [key, value] : members_of(from)) {
        if (key != inside || !is_object(value)) {
            take(key, value);
            continue;
        }
        for (auto [name, member] : members_of(value.get_object())) {
            take(name, member);
        }
    }
}

inline constexpr std::string_view request_envelope = "request";
inline constexpr std::string_view response_envelope = "response";

}  // namespace tapes::llm::gemini
