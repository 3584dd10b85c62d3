#include "routes/query.hpp"

#include <tapes/text/percent.hpp>

#include <algorithm>

namespace tapes::api {

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        const auto decoded = [](std::string_view part) {
            return text::percent_decoded(part, text::plus_sign::space);
        };
        const auto equals = std::min(pair.find('='), pair.size());
        if (!pair.empty()) {
            pairs.emplace_back(decoded(pair.substr(0, equals)),
                               decoded(pair.substr(std::min(equals + 1, pair.size()))));
        }
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return pairs;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    for (auto& [key, value] : query_pairs(query)) {
        if (key == name) {
            return std::move(value);
        }
    }
    return std::nullopt;
}

}  // namespace tapes::api
