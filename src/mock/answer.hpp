#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::mock {

/// How one answer is to look.
struct shape {
    int events = 0;
    std::size_t bytes = 0;
    int tool_calls = 0;  ///< 0: one when the request asks for tools
    bool refusal = false;
};

struct answer {
    int status = 200;
    bool stream = false;
    std::string body;                 ///< of a one-shot answer
    std::vector<std::string> events;  ///< of a stream: each `data: …` with its empty line
};

/// The Chat Completions answer to a request body; 400 where that is no request. `number` makes the id.
answer chat_completion(std::string_view request, const shape& wanted, std::uint64_t number);

/// An error body as OpenAI sends it.
std::string error_body(int status, std::string_view message);

std::string models_body();
std::string embeddings_body(std::string_view request);

/// The dated name that a model answers with.
std::string model_name(std::string_view requested);

}  // namespace tapes::mock
