#pragma once

#include <tapes/llm/api.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// A request about an answer that an earlier request has asked for: a response in the background, a
/// completion that was deferred.
struct later_request {
    enum class purpose : std::uint8_t {
        fetch,     ///< gives the answer as far as it has come
        cancel,    ///< ends its making
        deletion,  ///< the provider forgets it
    };

    const api* spoken = nullptr;  ///< of the earlier request; never null
    purpose wanted = purpose::fetch;
    std::string_view provider = {};  ///< whose path it is: that of the API, or of the path alone ("azure")
    std::string id = {};             ///< by which the provider knows the answer; not empty
    /// Of a stream that goes on: the number of the last event that the client has.
    std::optional<std::int64_t> starting_after = {};
};

/// Recognizes such a request by its method and target (with or without query, any prefix):
/// GET …/responses/ID, POST …/responses/ID/cancel and DELETE …/responses/ID of OpenAI, and
/// GET …/chat/deferred-completion/ID of xAI. Returns nothing for any other.
std::optional<later_request> find_later_request(std::string_view method, std::string_view target);

/// Returns the API that a request speaks, be it a turn or a request about an earlier one; else null.
const api* find_spoken_api(std::string_view method, std::string_view target);

/// Returns the beginning of an event stream up to the event of that `sequence_number`: a stream that starts
/// after it goes on there. Events without a number stay; an event whose end is missing ends here.
std::string events_up_to(std::string_view stream, std::int64_t last);

}  // namespace tapes::llm
