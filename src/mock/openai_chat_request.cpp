#include "answers.hpp"
#include "openai_chat.hpp"
#include "tool_calls.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace tapes::mock {
namespace {

namespace dom = simdjson::dom;

static_assert(request_padding >= simdjson::SIMDJSON_PADDING);

// A parser keeps its memory for the next request; after a huge one it is not worth keeping.
constexpr std::size_t largest_capacity = 4 * 1024 * 1024;

std::string_view member_text(dom::element object, std::string_view name) noexcept {
    std::string_view text;
    return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::string content_of(dom::element message) {
    dom::array parts;
    if (message["content"].get(parts) != simdjson::SUCCESS) {
        return std::string{member_text(message, "content")};
    }
    std::string out;
    for (const auto part : parts) {
        out += member_text(part, "text");
    }
    return out;
}

bool read_messages(dom::array messages, chat_request& out) {
    std::vector<dom::element> all;
    for (const auto message : messages) {
        all.push_back(message);
    }
    if (all.empty() || !all.back().is_object()) {
        return false;
    }
    out.is_user = member_text(all.back(), "role") == "user";
    out.answers_tool = member_text(all.back(), "role") == "tool";
    for (auto it = all.rbegin(); it != all.rend() && out.prompt.empty(); ++it) {
        const auto role = member_text(*it, "role");
        if (role == "user") {
            out.prompt = content_of(*it);
        } else if (role == "tool") {
            ++out.results;
            if (out.answers_tool && out.text.empty()) {
                out.text = content_of(*it);
            }
        }
    }
    if (out.text.empty()) {
        out.text = out.prompt;
    }
    return true;
}

void read_tools(dom::array tools, chat_request& out) {
    for (const auto one : tools) {
        const auto function = json::parse(simdjson::minify(one)).value("function", json::object());
        out.tools.push_back({string_member(function, "name"), function.value("parameters", json{})});
    }
}

}  // namespace

request_error read_chat_request(std::string_view body, const shape& wanted, chat_request& out) {
    out.model = "gpt-4o";
    thread_local dom::parser parser;
    dom::element root;
    if (parser.capacity() > largest_capacity) {
        parser = dom::parser{};
    }
    if (parser.parse(body.data(), body.size(), false).get(root) != simdjson::SUCCESS) {
        return request_error::not_json;
    }
    dom::array messages;
    if (root["messages"].get(messages) != simdjson::SUCCESS || !read_messages(messages, out)) {
        return request_error::no_messages;
    }
    if (const auto model = member_text(root, "model"); !model.empty()) {
        out.model = model;
    }
    dom::array tools;
    if (asks_for_calls(out, wanted) && member_text(root, "tool_choice") != "none" &&
        root["tools"].get(tools) == simdjson::SUCCESS) {
        read_tools(tools, out);
    }
    std::int64_t choices = 1;
    if (root["n"].get(choices) == simdjson::SUCCESS) {
        out.choices = static_cast<int>(std::clamp<std::int64_t>(choices, 1, 128));
    }
    bool flag = false;
    out.stream = root["stream"].get(flag) == simdjson::SUCCESS && flag;
    out.deferred = root["deferred"].get(flag) == simdjson::SUCCESS && flag;
    out.include_usage = root["stream_options"]["include_usage"].get(flag) == simdjson::SUCCESS && flag;
    return request_error::none;
}

}  // namespace tapes::mock
