#pragma once

#include "json.hpp"
#include "openai_responses/partial_item.hpp"

#include <cstddef>
#include <cstdint>
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

/// The members of a response, each with a comma behind it, without the echo of the request.
struct response_members {
    std::string text;    ///< but the status
    std::string status;  ///< as JSON, "" where there is none
    std::string output;  ///< "" where it has no element

    std::size_t held_bytes() const noexcept { return text.size() + status.size() + output.size(); }
};

response_members read_response(json_object from);

}  // namespace tapes::llm::openai_responses
