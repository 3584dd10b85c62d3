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
    std::string body;               ///< of a one-shot answer, or all events of a stream one after the other
    std::vector<std::size_t> ends;  ///< of the events in `body`

    std::size_t events() const noexcept { return ends.size(); }
    /// `data: …` with its empty line.
    std::string_view event(std::size_t i) const noexcept {
        const auto start = i == 0 ? 0 : ends[i - 1];
        return std::string_view{body}.substr(start, ends[i] - start);
    }
};

/// So many bytes behind a request body must be readable: it is parsed in place.
inline constexpr std::size_t request_padding = 64;

/// The Chat Completions answer to a request body with request_padding behind it; 400 where that is no
/// request. `number` makes the id.
answer chat_completion(std::string_view request, const shape& wanted, std::uint64_t number);

/// An error body as OpenAI sends it.
std::string error_body(int status, std::string_view message);

std::string models_body();
std::string embeddings_body(std::string_view request);

/// The dated name that a model answers with.
std::string model_name(std::string_view requested);

}  // namespace tapes::mock
