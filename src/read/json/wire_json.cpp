#include "json/values.hpp"

#include <tapes/read/json.hpp>

namespace tapes::read {

ordered_json wire_listing_json(const wire_listing& from) {
    return {{"type", "answer_events"},
            {"seq", from.exchange},
            {"form", to_string(from.form)},
            {"content_type", text_json(from.content_type)},
            {"coding", text_json(from.coding)},
            {"decoded_in_store", from.decoded_in_store},
            {"fault", text_json(from.fault)},
            {"body_bytes", from.body_bytes},
            {"timed", from.timed},
            {"next", from.next ? ordered_json(*from.next) : ordered_json(nullptr)}};
}

ordered_json wire_event_json(const wire_event& from) {
    ordered_json made{{"type", "event"},
                      {"offset", from.offset},
                      {"bytes", from.bytes},
                      {"at", moment_json(from.at_us)},
                      {"event", text_json(from.type)},
                      {"id", text_json(from.id)},
                      {"whole", from.whole}};
    add_excerpt(made, "data", from.data);
    return made;
}

}  // namespace tapes::read
