#include "json_scan.hpp"

namespace tapes::llm {

bool json_scan::breaks_at(char c) const noexcept {
    if (in_string_) {
        return c == '\n' || c == '\r';
    }
    const bool may_open = arrays_.empty() || last_ == ':' || last_ == '[' || (last_ == ',' && arrays_.back());
    return c == '{' && !may_open;
}

json_scan::state json_scan::begin_anew(state with) {
    arrays_.clear();
    last_ = '\0';
    in_string_ = escaped_ = false;
    return with;
}

json_scan::state json_scan::take(char c) {
    return breaks_at(c) ? begin_anew(state::broken) : follow(c);
}

json_scan::state json_scan::follow(char c) {
    if (in_string_) {
        in_string_ = escaped_ || c != '"';
        escaped_ = !escaped_ && c == '\\';
        return state::inside;
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        return inside() ? state::inside : state::outside;
    }
    if (c == '{' || c == '[') {
        arrays_.push_back(c == '[');
    } else if (!inside()) {
        return state::outside;
    } else if (c == '"') {
        in_string_ = true;
    } else if (c == '}' || c == ']') {
        arrays_.pop_back();
        if (arrays_.empty()) {
            return begin_anew(state::closed);
        }
    }
    last_ = c;
    return state::inside;
}

}  // namespace tapes::llm
