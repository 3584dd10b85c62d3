#include "protocol/message.hpp"

#include <tapes/text/json_cursor.hpp>
#include <tapes/text/ordered_json.hpp>
#include <tapes/text/visible.hpp>

#include <utility>

namespace tapes::mcp {

namespace {

/// Of a request of any client. A tree of a deeper text would take a hundred times its bytes.
constexpr int deepest = 64;
constexpr std::size_t longest_batch = 64;

bool is_too_deep(std::string_view json) {
    int depth = 0;
    bool too_deep = false;
    text::visit_json_marks(json, [&](char mark) {
        depth += mark == '[' || mark == '{' ? 1 : mark == ']' || mark == '}' ? -1 : 0;
        too_deep = depth > deepest;
        return !too_deep;
    });
    return too_deep;
}

message invalid(error_code code, std::string problem, ordered_json id = nullptr) {
    message made;
    made.code = code;
    made.problem = std::move(problem);
    made.id = std::move(id);
    return made;
}

/// MCP: a string or an integer, never null.
bool is_id(const ordered_json& value) {
    return value.is_string() || value.is_number_integer();
}

message read_message(ordered_json& from) {
    if (!from.is_object()) {
        return invalid(error_code::invalid_request, "a message must be a JSON object");
    }
    const auto id = from.find("id");
    const bool has_id = id != from.end();
    const auto known_id = has_id && is_id(*id) ? *id : ordered_json(nullptr);
    if (const auto version = from.find("jsonrpc"); version == from.end() || *version != "2.0") {
        return invalid(error_code::invalid_request, R"(a message must say "jsonrpc": "2.0")", known_id);
    }
    const auto method = from.find("method");
    if (method == from.end() && (from.contains("result") || from.contains("error"))) {
        message made;
        made.what = message::kind::response;
        return made;
    }
    if (method == from.end() || !method->is_string()) {
        return invalid(error_code::invalid_request, "a request must name its method, a string", known_id);
    }
    if (has_id && known_id.is_null()) {
        return invalid(error_code::invalid_request, "the id of a request must be a string or an integer");
    }
    message made;
    made.what = has_id ? message::kind::request : message::kind::notification;
    made.id = known_id;
    made.method = method->get<std::string>();
    if (const auto params = from.find("params"); params != from.end()) {
        if (!params->is_object()) {
            return has_id ? invalid(error_code::invalid_params, "params must be an object", known_id) : made;
        }
        made.params = std::move(*params);
    }
    return made;
}

}  // namespace

line_content read_line(std::string_view line) {
    if (is_too_deep(line)) {
        return {false, {invalid(error_code::parse_error, "the message is nested too deeply")}};
    }
    auto json = text::parsed_json(line);
    if (json.is_discarded()) {
        return {false, {invalid(error_code::parse_error, "the line is no JSON")}};
    }
    if (!json.is_array()) {
        return {false, {read_message(json)}};
    }
    if (json.empty() || json.size() > longest_batch) {
        return {false,
                {invalid(error_code::invalid_request,
                         "a batch must have 1 to " + std::to_string(longest_batch) + " messages")}};
    }
    line_content made{true, {}};
    for (auto& one : json) {
        made.messages.push_back(read_message(one));
    }
    return made;
}

std::string line_of(const ordered_json& message) {
    return text::visible_json(message.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

ordered_json result_message(const ordered_json& id, ordered_json result) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

ordered_json error_message(const ordered_json& id, error_code code, std::string_view text,
                           ordered_json data) {
    ordered_json made{{"jsonrpc", "2.0"}};
    if (!id.is_null()) {
        made["id"] = id;
    }
    made["error"] = {{"code", static_cast<int>(code)}, {"message", text}};
    if (!data.is_null()) {
        made["error"]["data"] = std::move(data);
    }
    return made;
}

}  // namespace tapes::mcp
