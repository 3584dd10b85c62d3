#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::exports {

/// Kinds and status codes of OTLP (opentelemetry/proto/trace/v1/trace.proto).
enum class span_kind : int { internal = 1, client = 3 };

/// A span that is being made.
class span {
public:
    span(std::string name, span_kind kind) : name_{std::move(name)}, kind_{kind} {}

    void text(const char* key, const std::string& value);  ///< left out where it is empty
    void texts(const char* key, const std::vector<std::string>& values);
    void integer(const char* key, std::int64_t value);
    void number(const char* key, double value);
    void flag(const char* key, bool value);
    void fail(const std::string& type, const std::string& message);

    std::string trace_id, span_id, parent_id;
    std::int64_t start_us = 0, end_us = 0;

    /// Writes the line: `service` names what was traced.
    std::string line(const std::string& service) const;

private:
    void add(const char* key, const char* kind, nlohmann::ordered_json value);

    std::string name_;
    span_kind kind_;
    nlohmann::ordered_json attributes_ = nlohmann::ordered_json::array();
    nlohmann::ordered_json status_ = nlohmann::ordered_json::object();
};

/// Hexadecimal ids of 16 and of 8 bytes that follow from a name.
std::string trace_id_of(std::string_view name);
std::string span_id_of(std::string_view name);

}  // namespace tapes::exports
