#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/read/block.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// In this order a provider reads, and caches, the parts of a request.
enum class part_kind : int {
    model = 1,
    parameter = 2,  ///< any member of the request that is none of the others
    tool = 3,       ///< a definition
    system = 4,     ///< a block of the system text, or instructions
    message = 5,    ///< a block of a message, or an item that is no message
};
std::string_view to_string(part_kind value) noexcept;

/// One part of a request. `digest` is of what the provider's cache sees of it, as far as that is known:
/// - White space outside of strings and the way in which a string is escaped do not count.
/// - The order of members does not count in what the API defines (blocks, messages, parameters). It counts
///   below `input`, `arguments`, `input_schema`, `parameters` and `schema`, which are written into the prompt
///   as they come (Anthropic, "Prompt caching": keys of `tool_use` in another order break the cache).
/// - `cache_control` does not count; it stands apart.
/// - A content that is a string counts as one block of text. Text blocks of the Responses API are one type.
/// - `id` and `status` of items of the Responses API do not count: they are no part of the prompt.
struct request_part {
    part_kind kind = part_kind::parameter;
    std::size_t number = 0;    ///< of the tool, block of the system text or message, from 0
    std::size_t block = 0;     ///< within its message, from 0
    std::string name;          ///< of a parameter or tool; the role of a message; at most 256 bytes
    std::string type;          ///< of a block, item or tool, such as `tool_result`; "": none is told
    std::uint64_t offset = 0;  ///< where its JSON stands in the request's decoded body
    std::uint64_t length = 0;
    merkle::digest digest{};
    /// The `cache_control` of it, or of a block within it, as its JSON of at most 256 bytes; "": none.
    std::string cache_control;
};

/// Why not all of a request could be read.
enum class request_fault : int {
    none = 0,
    empty = 1,        ///< there is no body
    unknown_api = 2,  ///< nobody knows what its members mean: all are parameters
    not_json = 3,     ///< its body is no JSON object
    broken = 4,       ///< the JSON breaks off, or breaks its own rules, in the middle
    too_deep = 5,     ///< a part is nested too deeply; its digest is that of its bytes
    too_many = 6,     ///< it has more parts than are told
};
std::string_view to_string(request_fault value) noexcept;

/// A request as ordered parts: model, parameters (by name), tools, system text, messages.
struct request_parts {
    std::vector<request_part> parts;
    /// The request holds only what is new, and goes on from this response or conversation, which the provider
    /// keeps (Responses `previous_response_id`, `conversation`); "": it holds all.
    std::string goes_on_from;
    request_fault fault = request_fault::none;  ///< the first; what stands before it is told all the same
    std::uint64_t fault_offset = 0;
    std::uint64_t more_parts = 0;  ///< that are not told

    /// Whether the history before the first message is not in the request.
    bool only_tail() const noexcept { return !goes_on_from.empty(); }
    /// The parameter with this name, or the model; null where there is none.
    const request_part* find(std::string_view name) const noexcept;
};

/// Parts beyond these are counted only.
struct part_limits {
    std::size_t parameters = 1024;
    std::size_t parts = std::size_t{1} << 18;
};

/// Reads the parts of a decoded request body. `api` is the name that the store keeps of it
/// (`anthropic_messages`, `openai_chat`, `openai_responses`, `ollama_chat`, `ollama_generate`). Work grows
/// with the bytes; nothing is held of the body. Thread-safe.
request_parts read_request_parts(std::string_view api, std::string_view body, const part_limits& limits = {});

/// Returns at most `most` bytes of what a part says, from byte `from` on: the text of a block of text, else
/// its JSON as it stands. `body` is the one that the part was read from. No character is cut.
excerpt part_text(std::string_view body, const request_part& part, std::size_t most, std::size_t from = 0);

}  // namespace tapes::read
