#pragma once

#include "request/value_form.hpp"

#include <tapes/read/request_parts.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// Makes the parts of one request, with their digests. `body` must stay valid.
class part_maker {
public:
    part_maker(std::string_view body, const part_limits& limits) : body_{body}, limits_{limits} {}

    /// What is the same for all blocks of a message.
    struct place {
        part_kind kind = part_kind::message;
        std::size_t number = 0;
        std::string name;  ///< the role
        std::string head;  ///< a form of what else its first block must agree in
    };

    void add_parameter(part_kind kind, const std::string& key, std::string_view value);
    /// `kind` names and types a tool that does not do so itself.
    void add_tool(std::size_t number, std::string_view value, const std::string& kind = {});
    /// Adds a block, or a string as a block of text.
    void add_block(const place& where, std::string_view value);
    /// Adds a member of a message as a block whose type is its key.
    void add_member(const place& where, const std::string& key, std::string_view value);
    /// Adds an object as a block; `members` are those of it that count.
    void add_object(const place& where, std::string_view value, const json_members& members);
    /// Adds each element of an array as a block, and any other value as one.
    void add_content(const place& where, std::string_view value);
    /// Says of which type the part is that was added last.
    void type_last(std::string_view type);
    /// Marks the part that was added last.
    void mark_last(std::string_view cache_control);
    /// Adds the parts of an element that was read already, and whose text is not in the body: it stands
    /// behind those that were added so before.
    void add_known(const std::vector<request_part>& parts, std::size_t number, std::uint64_t bytes);
    /// Moves what was added to where it stands with the elements that are not in the body; `size` bytes at
    /// `at` stand for them.
    void shift_behind(std::size_t at, std::size_t size);
    /// Begins the blocks of the next message.
    void begin_message() noexcept { block_ = 0; }
    /// How many parts the message has so far.
    std::size_t blocks() const noexcept { return block_; }

    void fail(request_fault fault, std::string_view at);
    request_parts& made() noexcept { return made_; }

private:
    request_part* add(const place& where, std::string_view value, std::string form, request_fault fault);

    std::string_view body_;
    part_limits limits_;
    request_parts made_;
    std::size_t block_ = 0;
    std::size_t parameters_ = 0;
    std::size_t first_known_ = 0;  ///< of made_.parts
    std::size_t known_ = 0;
    std::uint64_t known_bytes_ = 0;
};

/// Adds the parts of one of Gemini's contents.
void add_gemini_parts(part_maker& to, const part_maker::place& where, std::string_view content);

/// Adds the parts of one message, or of one item of the Responses API.
void add_message_parts(part_maker& to, std::string_view api, std::size_t number, std::string_view value);

}  // namespace tapes::read
