#include "head_field.hpp"

#include <algorithm>

namespace tapes::record {

std::string_view field_value(std::string_view head, std::string_view name) {
    for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        const auto line = head.substr(at + 1, name.size() + 1);
        if (line.size() > name.size() && line.back() == ':' &&
            std::equal(name.begin(), name.end(), line.begin(), [](char expected, char c) {
                return expected == (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
            })) {
            auto value = head.substr(at + 2 + name.size());
            value = value.substr(0, value.find('\r'));
            const auto first = value.find_first_not_of(" \t");
            return first == std::string_view::npos ? std::string_view{} : value.substr(first);
        }
    }
    return {};
}

}  // namespace tapes::record
