#include "file/request_parts.hpp"

#include <charconv>

namespace tapes::store {

std::vector<placed_chain> read_request_parts(std::string_view text) {
    std::vector<placed_chain> parts;
    std::vector<std::int64_t> numbers;
    for (std::size_t at = 0; at < text.size();) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
        if (error == std::errc{}) {
            numbers.push_back(value);
            at = static_cast<std::size_t>(end - text.data());
        } else {
            ++at;
        }
    }
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
        parts.push_back({static_cast<std::size_t>(numbers[i]), numbers[i + 1]});
    }
    return parts;
}

std::string write_request_parts(const std::vector<placed_chain>& parts) {
    std::string text;
    for (const auto& one : parts) {
        text.append(text.empty() ? "[[" : ",[").append(std::to_string(one.offset));
        text.append(",").append(std::to_string(one.last)).append("]");
    }
    return text.empty() ? text : text + "]";
}

}  // namespace tapes::store
