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
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "session_id") {
            read_text(value, out.metadata_session_id);
        } else if (key == "user_id") {
            read_text(value, out.metadata_user_id);
        }
    }
}

void read_session_member(std::string_view key, json_value value, session_ids& out) {
    if (key == "prompt_cache_key") {
        read_text(value, out.prompt_cache_key);
    } else if (key == "session_id") {
        read_text(value, out.session_id);
    } else if (key == "metadata") {
        read_metadata(value, out);
    }
}

}  // namespace tapes::llm
