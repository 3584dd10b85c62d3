#pragma once

#include <tapes/read/block.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// The fields of a stored block, as far as they are kept.
struct scanned_block {
    excerpt type, tool_use_id, tool_name, tool_result_id, media_type, name;
    excerpt text, image_url, image_base64, tool_input, tool_output, thinking, refusal, raw;
    bool is_error = false;
};

/// Reads the event form of a content as it comes, in any pieces, with bounded memory: of each field no more
/// is kept than the limits allow, whatever its size and however deep its JSON. Linear in the bytes.
class content_scanner {
public:
    explicit content_scanner(const block_limits& limits) : limits_{limits}, left_{limits.message_bytes} {}
    content_scanner(const content_scanner&) = delete;  // it points into itself
    content_scanner& operator=(const content_scanner&) = delete;

    void feed(std::string_view piece);
    /// Whether the content was whole, an array of objects.
    bool whole() const noexcept { return at_ == state::done; }
    /// Whether what came so far cannot begin one.
    bool failed() const noexcept { return at_ == state::failed; }

    std::vector<scanned_block>& blocks() noexcept { return blocks_; }
    std::uint64_t more_blocks() const noexcept { return more_blocks_; }

private:
    enum class state {
        start,         ///< before the array
        first_block,   ///< before a block or the array's end
        block,         ///< before a block
        behind_block,  ///< before a comma or the array's end
        first_key,     ///< before a key or the block's end
        key,           ///< before a key
        behind_key,    ///< before the colon
        value,         ///< before a value
        string,        ///< within a string, which is a key or a value
        json,          ///< within any other value
        behind_value,  ///< before a comma or the block's end
        done,
        failed
    };

    void take(char c);
    void take_escape(char c);
    void take_json(char c);
    void begin_block();
    void begin_key();
    void begin_value(char c);
    void choose_field();
    void end_string();
    void end_json();
    void finish_field();
    std::size_t run_length(std::string_view piece) const;
    void add(std::string_view bytes);
    void add_unit(char32_t unit);
    void end_half();

    block_limits limits_;
    std::size_t left_;  ///< of limits_.message_bytes
    std::vector<scanned_block> blocks_;
    std::uint64_t more_blocks_ = 0;

    state at_ = state::start;
    excerpt key_;
    excerpt nowhere_;
    excerpt* field_ = &nowhere_;  ///< takes the string or value at hand
    std::size_t most_ = 0;        ///< bytes that it keeps
    bool of_key_ = false;
    std::uint64_t depth_ = 0;  ///< of the value at hand
    bool quoted_ = false;      ///< within a string of that value
    bool escaped_ = false;     ///< behind a backslash
    int digits_ = 0;           ///< of \uXXXX that are still to come
    char32_t unit_ = 0;
    char32_t half_ = 0;  ///< the first of a surrogate pair
};

}  // namespace tapes::read
