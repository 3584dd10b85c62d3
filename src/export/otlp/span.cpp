#include "otlp/span.hpp"

#include <tapes/merkle/digest.hpp>

#include <algorithm>
#include <utility>

namespace tapes::exports {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t trace_id_digits = 32;
constexpr std::size_t span_id_digits = 16;

std::string nanoseconds(std::int64_t us) {
    return us <= 0 ? "0" : std::to_string(us) + "000";
}

}  // namespace

void span::add(const char* key, const char* kind, ordered_json value) {
    ordered_json typed;
    typed[kind] = std::move(value);
    attributes_.push_back({{"key", key}, {"value", std::move(typed)}});
}

void span::text(const char* key, const std::string& value) {
    if (!value.empty()) {
        add(key, "stringValue", value);
    }
}

void span::texts(const char* key, const std::vector<std::string>& values) {
    auto list = ordered_json::array();
    for (const auto& one : values) {
        list.push_back({{"stringValue", one}});
    }
    if (!list.empty()) {
        ordered_json all;
        all["values"] = std::move(list);
        add(key, "arrayValue", std::move(all));
    }
}

void span::integer(const char* key, std::int64_t value) {
    add(key, "intValue", std::to_string(value));
}

void span::number(const char* key, double value) {
    add(key, "doubleValue", value);
}

void span::flag(const char* key, bool value) {
    add(key, "boolValue", value);
}

void span::fail(const std::string& type, const std::string& message) {
    constexpr int error_code = 2;
    text("error.type", type);
    status_["code"] = error_code;
    if (!message.empty()) {
        status_["message"] = message;
    }
}

std::string span::line(const std::string& service) const {
    ordered_json made{{"traceId", trace_id}, {"spanId", span_id}};
    if (!parent_id.empty()) {
        made["parentSpanId"] = parent_id;
    }
    made["name"] = name_;
    made["kind"] = static_cast<int>(kind_);
    made["startTimeUnixNano"] = nanoseconds(start_us);
    made["endTimeUnixNano"] = nanoseconds(std::max(start_us, end_us));
    made["attributes"] = attributes_;
    made["status"] = status_;
    ordered_json resource;
    resource["attributes"] =
        ordered_json::array({{{"key", "service.name"}, {"value", {{"stringValue", service}}}},
                             {{"key", "telemetry.sdk.name"}, {"value", {{"stringValue", "tapes"}}}}});
    ordered_json scope{{"scope", {{"name", "tapes"}}}};
    scope["spans"] = ordered_json::array({std::move(made)});
    ordered_json whole{{"resource", std::move(resource)}};
    whole["scopeSpans"] = ordered_json::array({std::move(scope)});
    ordered_json request;
    request["resourceSpans"] = ordered_json::array({std::move(whole)});
    return request.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string trace_id_of(std::string_view name) {
    return merkle::to_hex(merkle::sha256("tapes trace " + std::string{name})).substr(0, trace_id_digits);
}

std::string span_id_of(std::string_view name) {
    return merkle::to_hex(merkle::sha256("tapes span " + std::string{name})).substr(0, span_id_digits);
}

}  // namespace tapes::exports
