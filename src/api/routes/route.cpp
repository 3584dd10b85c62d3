#include "routes/json.hpp"

#include <tapes/api/route.hpp>
#include <tapes/text/ascii.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tapes::api {

namespace {

bool covers(const route& entry, std::string_view path) {
    return entry.path == path ||
           (entry.path.size() > 1 && entry.path.ends_with('/') && path.starts_with(entry.path));
}

bool takes(const route& entry, std::string_view method) {
    return entry.method == method || (method == "HEAD" && entry.method == "GET");
}

}  // namespace

std::string_view request::field(std::string_view name) const noexcept {
    for (const auto& [field_name, value] : fields) {
        if (text::equal_ignoring_case(field_name, name)) {
            return value;
        }
    }
    return {};
}

response error_response(unsigned status, std::string_view message) {
    return {status, json_text(nlohmann::json{{"error", message}}) + "\n"};
}

void route_table::add(route entry) {
    // The longest path first: what find() meets first is the most exact.
    const auto at = std::find_if(routes_.begin(), routes_.end(),
                                 [&](const route& other) { return other.path.size() < entry.path.size(); });
    routes_.insert(at, std::move(entry));
}

const route* route_table::find(std::string_view method, std::string_view path, std::string& allowed) const {
    allowed.clear();
    std::string_view matched;
    for (const auto& entry : routes_) {
        if (!covers(entry, path) || (!matched.empty() && entry.path != matched)) {
            continue;
        }
        if (takes(entry, method)) {
            return &entry;
        }
        matched = entry.path;
        allowed += (allowed.empty() ? "" : ", ") + entry.method + (entry.method == "GET" ? ", HEAD" : "");
    }
    return nullptr;
}

}  // namespace tapes::api
