#pragma once

#include <tapes/llm/api.hpp>

#include <string_view>

namespace tapes::llm::openai_responses {

/// Returns what an event about the response tells of where that is made; `untold` where it does not name it.
making making_of(std::string_view event);

}  // namespace tapes::llm::openai_responses
