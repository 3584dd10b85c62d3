#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tapes::text {

/// An object whose members keep their order, in the making. Of a repeated name the last value counts, where
/// the first one stood. Linear in the members: nlohmann::ordered_json looks through all that it has for each
/// that is added by its name.
class ordered_members {
public:
    /// Returns the value of a member, null where it is new. Valid until the next call.
    nlohmann::ordered_json& operator[](const std::string& name);

    nlohmann::ordered_json take() &&;

private:
    nlohmann::ordered_json::object_t members_;
    std::unordered_map<std::string, std::size_t> places_;  ///< once there are more than a few
};

/// Parses JSON of strangers, which may have any number of members, as nlohmann::ordered_json::parse does, but
/// in time that is linear in the text. Discarded where it is no JSON, or nested deeper than 1024.
nlohmann::ordered_json parsed_json(std::string_view text);

}  // namespace tapes::text
