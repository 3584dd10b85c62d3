#pragma once

#include "json.hpp"
#include "openai_responses/partial_item.hpp"
#include "usage_delta.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm::openai_responses {

// Read the events of a stream. The functions that take JSON throw simdjson::simdjson_error.

enum class step : std::uint8_t { added, delta, done };

/// The subject of an event.
enum class subject : std::uint8_t {
    unknown,
    response,  ///< the answer as it began
    end,       ///< the answer as it ended
    error,
    item,
    part,
    summary_part,
    annotation,
    output,  ///< of a shell's command
    text
};

struct event_kind {
    subject about = subject::unknown;
    step progress = step::delta;
    partial_item::place position = partial_item::place::content;  ///< of a text
    std::string_view item_type;                                   ///< of the item that a text belongs to
    std::string_view name;                                        ///< as in partial_item::text_event
    std::string_view member;                                      ///< of the event, that holds the whole text
};

event_kind kind_of(std::string_view event_type) noexcept;

/// Returns the type of an event; "error" for one without a type that tells an error. Reads only as far as it
/// must.
std::string read_event_type(json_object from);

/// The members of an event about an item or a part of it, beside its type.
struct event_fields {
    std::optional<std::int64_t> output_index;
    std::int64_t index = 0;  ///< of the content part, the summary or the command
    std::string item_id;
    std::string text;
    bool has_text = false;
    std::string err;   ///< of an output, whose `text` is what went to its standard output
    std::string json;  ///< of the item, part, annotation or output
    std::string id;    ///< of the item
    std::string type;  ///< of the item or part
};

event_fields read_event(json_object from, const event_kind& kind);

/// What the events of a stream tell of the response itself, without the echo of the request. Of each member
/// the newest value counts; one that tells nothing overwrites none.
class response_members {
public:
    void merge(json_object response);

    /// Sets the status where none was told. Takes JSON.
    void set_default_status(std::string status);

    /// Tells whether the response has an id by which a client may fetch it.
    bool is_named() const noexcept { return members_.contains("id"); }

    /// Forgets what was told of the status and of the output: they are those of an answer in the making.
    void forget_progress() noexcept;

    const std::string& status() const noexcept { return status_; }  ///< as JSON, "" where there is none
    const std::string& output() const noexcept { return output_; }  ///< as JSON, "" where it has no element
    std::size_t held_bytes() const noexcept { return held_; }

    /// Appends the members but status and output, each with a comma behind it.
    void write(std::string& out) const;

private:
    std::map<std::string, std::string, std::less<>> members_;  ///< as JSON
    usage_delta usage_;
    std::string status_;
    std::string output_;
    std::size_t held_ = 0;
};

}  // namespace tapes::llm::openai_responses
