#include "clean_request.hpp"

#include "loose_text.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/credential_set.hpp>
#include <tapes/http/fields.hpp>

#include <algorithm>
#include <utility>

namespace tapes::tape {
namespace {

std::string decoded_body(const mock::asked& from) {
    const auto coding = http::joined_values(from.head, "content-encoding");
    if (from.on_websocket || http::is_identity(coding)) {
        return from.body;
    }
    auto made = http::decode_all(coding, from.body);
    if (made.bytes.empty()) {
        return from.body;
    }
    return std::move(made.bytes);
}

void leave_out_key(std::string& path, const std::vector<std::string>& keys) {
    for (const auto& key : keys) {
        const auto prefix = "/" + key;
        if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) {
            path.erase(0, prefix.size());
            return;
        }
    }
}

}  // namespace

split_target split(std::string_view target) {
    if (const auto scheme = target.find("://");
        scheme != std::string_view::npos && !target.starts_with('/')) {
        const auto slash = target.find('/', scheme + 3);
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    const auto mark = std::min(target.find('?'), target.size());
    split_target made{std::string{target.substr(0, mark)}, {}};
    std::vector<std::string_view> parameters;
    for (auto rest = target.substr(std::min(mark + 1, target.size())); !rest.empty();) {
        const auto end = std::min(rest.find('&'), rest.size());
        parameters.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::ranges::sort(parameters);
    for (const auto one : parameters) {
        made.query.append(made.query.empty() ? "" : "&").append(one);
    }
    made.query = without_keys(std::move(made.query));
    return made;
}

bool same_path(std::string_view left, std::string_view right) noexcept {
    while (left.size() > 1 && left.ends_with('/')) {
        left.remove_suffix(1);
    }
    while (right.size() > 1 && right.ends_with('/')) {
        right.remove_suffix(1);
    }
    if (left.size() < right.size()) {
        std::swap(left, right);
    }
    return left.ends_with(right) && (right.starts_with('/') || left.size() == right.size());
}

clean_request clean(const mock::asked& from, const http::redactor& redactor,
                    const std::vector<std::string>& keys) {
    clean_request made;
    auto target = split(redactor.redact_target(from.target));
    made.method = from.method;
    made.path = std::move(target.path);
    leave_out_key(made.path, keys);
    made.query = std::move(target.query);
    made.on_websocket = from.on_websocket;
    made.api = llm::find_api(from.on_websocket ? "POST" : std::string_view{from.method}, made.path);
    made.wire_bytes = from.body.size();
    made.body = decoded_body(from);
    const http::credential_set credentials{redactor.credentials_of(from.head, from.target)};
    const auto format = from.on_websocket
                            ? http::body_format::json
                            : http::format_of(http::find_value(from.head, "content-type"), made.body);
    std::vector<std::string> named;  // the body is searched for what it names itself, too
    if (auto without = redactor.redact_body(made.body, credentials, format, &named)) {
        made.body = *std::move(without);
    }
    return made;
}

}  // namespace tapes::tape
