#include "routes/json.hpp"

#include <tapes/api/route.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/percent.hpp>

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace tapes::api {

namespace {

bool is_prefix(std::string_view path) {
    return path.size() > 1 && path.ends_with('/');
}

/// Takes the first segment, behind its '/', off a path.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

bool is_name(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

/// Compares segment by segment; sets `values` to what stands in the place of names.
bool matches(std::string_view pattern, std::string_view path, name_values* values) {
    while (pattern.starts_with('/') && path.starts_with('/')) {
        const auto wanted = take_segment(pattern);
        const auto given = take_segment(path);
        if (!is_name(wanted)) {
            if (wanted != given) {
                return false;
            }
        } else if (given.empty()) {
            return false;
        } else if (values != nullptr) {
            values->emplace_back(wanted.substr(1, wanted.size() - 2), text::percent_decoded(given));
        }
    }
    return pattern.empty() && path.empty();
}

bool covers(const route& entry, std::string_view path, name_values* values) {
    if (is_prefix(entry.path)) {
        return path.starts_with(entry.path);
    }
    return entry.path.find('{') == std::string::npos ? entry.path == path : matches(entry.path, path, values);
}

/// The more exact of two routes that may cover one path: literal segments before names, names before
/// prefixes.
bool comes_before(std::string_view a, std::string_view b) {
    if (is_prefix(a) != is_prefix(b)) {
        return is_prefix(b);
    }
    if (is_prefix(a)) {
        return a.size() > b.size();
    }
    while (a.starts_with('/') && b.starts_with('/')) {
        const auto one = take_segment(a);
        const auto other = take_segment(b);
        if (is_name(one) != is_name(other)) {
            return is_name(other);
        }
    }
    return false;
}

bool takes(const route& entry, std::string_view method) {
    return entry.method == method || (method == "HEAD" && entry.method == "GET");
}

std::string_view value_of(const name_values& values, std::string_view name) {
    const auto found = std::ranges::find(values, name, &name_values::value_type::first);
    return found == values.end() ? std::string_view{} : std::string_view{found->second};
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

std::string_view request::path_value(std::string_view name) const noexcept {
    return value_of(path_values, name);
}

response error_response(unsigned status, std::string_view message, std::string_view more) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    auto body = json_text(nlohmann::ordered_json{{"type", "about:blank"},
                                                 {"title", std::string_view{reason.data(), reason.size()}},
                                                 {"status", status},
                                                 {"detail", message},
                                                 {"error", message}});
    if (!more.empty()) {
        body.insert(body.size() - 1, "," + std::string{more});
    }
    return {status, body + "\n", std::string{problem_type}};
}

void route_table::add(route entry) {
    // The most exact first: find() takes the first that it meets.
    const auto at = std::ranges::find_if(
        routes_, [&](const route& other) { return comes_before(entry.path, other.path); });
    routes_.insert(at, std::move(entry));
}

const route* route_table::find(std::string_view method, std::string_view path, std::string& allowed,
                               name_values* values) const {
    allowed.clear();
    std::string_view matched;
    for (const auto& entry : routes_) {
        name_values found;
        if ((!matched.empty() && entry.path != matched) ||
            !covers(entry, path, values == nullptr ? nullptr : &found)) {
            continue;
        }
        if (takes(entry, method)) {
            if (values != nullptr) {
                *values = std::move(found);
            }
            return &entry;
        }
        matched = entry.path;
        allowed += (allowed.empty() ? "" : ", ") + entry.method + (entry.method == "GET" ? ", HEAD" : "");
    }
    return nullptr;
}

}  // namespace tapes::api
