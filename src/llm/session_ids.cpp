#include "session_ids.hpp"

#include <utility>

namespace tapes::llm {

std::string session_ids::best() && {
    for (std::string* id : {&prompt_cache_key, &session_id, &metadata_session_id, &metadata_user_id}) {
        if (!id->empty()) {
            return std::move(*id);
        }
    }
    return {};
}

void read_metadata(json_value from, session_ids& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "session_id") {
            read_text(field.value(), out.metadata_session_id);
        } else if (key == "user_id") {
            read_text(field.value(), out.metadata_user_id);
        }
    }
}

}  // namespace tapes::llm
