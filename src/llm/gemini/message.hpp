#pragma once

#include "gemini/partial_args.hpp"
#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm::gemini {

// Reads contents and their parts. The functions that take JSON throw simdjson::simdjson_error.

/// Returns a content's role as messages have it: `model` is "assistant", `function` and none are the user's.
std::string role_of(std::string_view role);

/// A message in the making, out of one content or several: SDKs bring an answer back as one content for each
/// chunk of its stream. In what a model said, the texts of parts that stand side by side are one text, also
/// where thoughts or signatures stand between them, for clients leave these out.
class message_builder {
public:
    explicit message_builder(std::string role);

    const std::string& role() const noexcept { return made_.role; }
    bool is_answer() const noexcept { return answer_; }

    bool is_empty() const noexcept { return made_.content.empty(); }

    /// Takes a content: an object with `parts`, a list of parts, or a text.
    void add_content(json_value content);
    void add_members(json_object content);

    /// Takes `parts`, or one part.
    void add_parts(json_value parts);

    /// Adds a block that is no text.
    void add(merkle::block made);
    /// Adds why nothing, or no more, was said; nothing for "".
    void add_refusal(std::string text);

    merkle::message finish() &&;

private:
    struct open_call {
        explicit open_call(std::size_t block) : at(block) {}

        std::size_t at;  ///< its block
        partial_args args;
    };
    struct part;

    void add_part(json_value from);
    void read_part(json_object from, part& out);
    void read_member(std::string_view key, json_value value, part& out);
    void take_result(json_object from);
    void take(part from);
    void take_text(std::string text, bool thought, std::string signature);
    void take_call(json_object from, std::string signature);
    void end_call();

    merkle::message made_;
    bool answer_;
    std::optional<std::size_t> open_text_;     ///< the block that the next text goes on with
    std::optional<std::size_t> open_thought_;  ///< the block that the next thought goes on with
    std::optional<open_call> open_call_;       ///< the call whose arguments come in pieces
};

}  // namespace tapes::llm::gemini
