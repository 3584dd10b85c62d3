#include "openai_chat/detail_deltas.hpp"

#include <optional>
#include <utility>

namespace tapes::llm::openai_chat {

void detail_deltas::merge(std::size_t& held, json_value fragment) {
    if (!is_object(fragment)) {
        last_goes_on_ = false;
        held += sizeof(delta);
        details_.emplace_back().merge(held, fragment);
        return;
    }
    std::optional<std::int64_t> index;
    std::string type;
    std::string signature;
    json_object fields = fragment.get_object();
    for (auto [key, value] : members_of(fields)) {
        if (key == "index") {
            index = read_integer(value);
        } else if (key == "type") {
            read_text(value, type);
        } else if (key == "signature") {
            read_text(value, signature);
        }
    }
    rewind(fields);
    const bool goes_on = !index && last_goes_on_ && (type.empty() || type == last_type_);
    std::size_t at = goes_on ? details_.size() - 1 : details_.size();
    if (index) {
        at = known_.try_emplace({*index, type}, at).first->second;
    }
    last_goes_on_ = !index && signature.empty();
    last_type_ = std::move(type);
    if (at == details_.size()) {
        details_.emplace_back();
        held += sizeof(delta) + delta::index_bytes;
    }
    details_[at].merge_members(held, fields);
}

void detail_deltas::write(std::string& out) const {
    out.push_back('[');
    for (std::size_t i = 0; i < details_.size(); ++i) {
        out.append(i == 0 ? "" : ",");
        details_[i].write(out);
    }
    out.push_back(']');
}

}  // namespace tapes::llm::openai_chat
