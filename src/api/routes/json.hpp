#pragma once

#include <string>
#include <string_view>

namespace tapes::api {

/// Writes a JSON value in one line. What is not UTF-8 becomes U+FFFD.
template <class Json>
std::string json_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Writes `"name":[…]`, where `write` makes the JSON text of each item.
template <class Items, class Write>
std::string json_array(std::string_view name, const Items& items, const Write& write) {
    std::string text{"\""};
    text.append(name).append("\":[");
    bool first = true;
    for (const auto& item : items) {
        text.append(first ? "" : ",").append(write(item));
        first = false;
    }
    return text + "]";
}

}  // namespace tapes::api
