#pragma once

#include "json_scan.hpp"
#include "streamed_text.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::openai_responses {

/// An output item that is being streamed: what the events told of it so far, until it comes whole. Takes JSON
/// that is known to be well-formed.
class partial_item {
public:
    /// The place in the item that an event's text belongs to.
    enum class place : std::uint8_t { content, summary, command, member };

    struct text_event {
        place position = place::content;
        std::string_view item_type;  ///< of an item that was never announced
        std::string_view name;       ///< of `content`: the part's type; of `member`: the member's name
        std::int64_t index = 0;      ///< of the part, summary or command
        bool whole = false;          ///< replaces what came before
    };

    /// Takes the item as it was announced. `type` and `id` are its own members.
    void begin(std::string json, std::string type, std::string id);

    /// Takes the item as it is in the end: nothing else counts from now on.
    void finish(std::string json, std::string type, std::string id);

    void add_text(const text_event& event, std::string text);

    /// Takes a content part as it was announced or, when `whole`, as it is in the end.
    void add_part(std::int64_t index, std::string json, std::string type, std::string text, bool whole);

    void add_annotation(std::int64_t index, std::string json);

    /// Takes a piece of what a shell's command put out or, as the JSON of an array, all of it.
    void add_output(std::int64_t index, std::string_view out, std::string_view err);
    void set_output(std::int64_t index, std::string json);

    /// Returns true where a text of an item of type `item_type` may belong to it, as far as both are known.
    bool takes(std::string_view item_type) const noexcept;

    /// Returns true where it is of this type, and goes on: it was announced, or is in the midst of arguments.
    bool goes_on_as(std::string_view item_type) const noexcept;

    bool begun() const noexcept { return begun_; }
    bool finished() const noexcept { return finished_; }
    const std::string& id() const noexcept { return id_; }
    std::size_t held_bytes() const noexcept { return sizeof(*this) + held_; }

    /// Appends the item as JSON. One that never came whole has the status "incomplete".
    void write(std::string& out) const;

private:
    struct part {
        std::string json;  ///< whole, or of a kind without text
        std::string type;
        streamed_text text;
        std::vector<std::string> annotations;
        bool whole = false;
        bool bare = false;  ///< whole, but without the text that its pieces told
    };
    using texts = std::map<std::int64_t, streamed_text>;
    struct output {
        streamed_text out;
        streamed_text err;
        std::string json;  ///< where it came whole
    };

    bool lacks_pieces(const std::string& json) const;
    void take(streamed_text& into, std::string text, bool whole);
    part& find_part(std::int64_t index, std::string_view type);
    part& own_part(std::int64_t index);
    part& part_for(const text_event& event);
    output& find_output(std::int64_t index);
    void write_announced(std::string& out) const;
    void write_pieces(std::string& out) const;
    void write_content(std::string& out) const;
    void write_summary(std::string& out) const;
    void write_commands(std::string& out) const;
    void write_outputs(std::string& out) const;
    static void write_part(const part& from, std::string& out);

    bool begun_ = false;
    bool finished_ = false;
    std::string id_;
    std::string type_;
    std::string json_;  ///< announced, or whole
    std::map<std::int64_t, part> parts_;
    std::map<std::int64_t, part> asides_;  ///< parts of another kind than what was announced in their place
    texts summary_;
    texts commands_;
    std::map<std::int64_t, output> outputs_;
    std::string member_;  ///< "arguments", "input", "code"; "" where none came
    streamed_text member_text_;
    json_scan progress_;  ///< of its arguments
    std::size_t held_ = 0;
};

/// Returns an item as the final object has it, with what only the events told of it: members that are absent
/// or empty there, and the content and the summary where it says nothing. Takes and returns JSON. Throws
/// simdjson::simdjson_error for what is no JSON object.
std::string completed_item(const std::string& final_item, const std::string& told);

}  // namespace tapes::llm::openai_responses
