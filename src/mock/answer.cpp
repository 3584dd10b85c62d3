#include "answer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace tapes::mock {
namespace {

using json = nlohmann::ordered_json;

std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 14695981039346656037ull;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    }
    return hash;
}

std::string hex(std::uint64_t value) {
    std::string out(16, '0');
    for (auto it = out.rbegin(); it != out.rend(); ++it, value >>= 4u) {
        *it = "0123456789abcdef"[value & 15u];
    }
    return out;
}

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::size_t character_end(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80) {
        ++at;
    }
    return std::min(at, text.size());
}

std::string text_of(const json& content) {
    if (content.is_string()) {
        return content.get<std::string>();
    }
    std::string out;
    for (const auto& part : content.is_array() ? content : json::array()) {
        if (part.is_object() && part.contains("text") && part["text"].is_string()) {
            out += part["text"].get<std::string>();
        }
    }
    return out;
}

/// A small object that fits a function's parameters well enough.
json arguments_for(const json& tool, const std::string& said, int number) {
    json out = json::object();
    const auto pointer = json::json_pointer{"/function/parameters/properties"};
    if (tool.contains(pointer) && tool[pointer].is_object()) {
        for (const auto& [name, schema] : tool[pointer].items()) {
            const auto type = schema.is_object() && schema.contains("type") ? schema["type"] : json{"string"};
            out[name] = type == "integer" || type == "number" ? json(number + 1)
                        : type == "boolean"                   ? json(true)
                                                              : json(said.substr(0, character_end(said, 40)));
        }
    }
    return out;
}

struct plan {
    json request;
    std::string id;
    std::string model;
    std::int64_t created = 0;
    std::vector<std::string> texts;  ///< by choice
    json tool_calls = json::array();
    bool refusal = false;
    int pieces = 1;
    json usage;

    const char* finish_reason() const { return tool_calls.empty() ? "stop" : "tool_calls"; }
};

std::string shaped(std::string text, const shape& wanted) {
    const auto least =
        std::max<std::size_t>(wanted.bytes, static_cast<std::size_t>(std::max(wanted.events, 0)) * 4);
    constexpr std::string_view more = " and so on, as things go";
    while (text.size() < least) {
        text.append(more.substr(0, least - text.size()));
    }
    if (wanted.bytes > 0 && text.size() > wanted.bytes) {
        text.resize(wanted.bytes);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80u) != 0) {
            text.pop_back();
        }
        text.resize(wanted.bytes, '.');
    }
    return text;
}

json make_tool_calls(const json& tools, const std::string& said, int count) {
    json calls = json::array();
    for (int i = 0; i < count; ++i) {
        const auto& tool = tools[static_cast<std::size_t>(i) % tools.size()];
        const auto name = tool.value(json::json_pointer{"/function/name"}, std::string{"tool"});
        calls.push_back({{"id", "call_" + hex(hash_of(said + name + std::to_string(i)))},
                         {"type", "function"},
                         {"function", {{"name", name}, {"arguments", dump(arguments_for(tool, said, i))}}}});
    }
    return calls;
}

plan make_plan(json request, std::string_view raw, const shape& wanted, std::uint64_t number) {
    plan out;
    const auto& messages = request["messages"];
    const auto& last = messages.back();
    const auto role = last.value("role", std::string{});
    std::string said;
    for (auto it = messages.rbegin(); it != messages.rend() && said.empty(); ++it) {
        if (it->is_object() && (it->value("role", std::string{}) == "user" || role == "tool") &&
            it->contains("content")) {
            said = text_of((*it)["content"]);
        }
    }
    const bool has_tools = request.contains("tools") && request["tools"].is_array() &&
                           !request["tools"].empty() && request.value("tool_choice", json{}) != "none";
    if (has_tools && role == "user" && !wanted.refusal) {
        out.tool_calls = make_tool_calls(request["tools"], said, std::max(1, wanted.tool_calls));
    }
    std::string echo = said;
    if (echo.size() > 200) {
        echo = echo.substr(0, character_end(echo, 200)) + "… #" + hex(hash_of(said));
    }
    const auto wanted_choices =
        request.contains("n") && request["n"].is_number_integer() ? request["n"].get<int>() : 1;
    const int choices = std::clamp(wanted_choices, 1, 128);
    for (int i = 0; i < choices; ++i) {
        const std::string start = i == 0 ? "" : "(" + std::to_string(i + 1) + ") ";
        out.texts.push_back(
            wanted.refusal
                ? "I'm sorry, but I can't help with that."
                : shaped(start + (role == "tool" ? "The tool said: " : "You said: ") + echo, wanted));
    }
    out.refusal = wanted.refusal;
    out.pieces = wanted.events > 0 ? wanted.events : static_cast<int>(out.texts[0].size() / 6 + 1);
    out.id = "chatcmpl-" + hex(number + 1) +
             hex(hash_of(raw.substr(raw.size() - std::min<std::size_t>(64, raw.size()))));
    out.model = model_name(request.value("model", std::string{"gpt-4o"}));
    out.created =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    const auto prompt = static_cast<std::int64_t>(raw.size() / 4 + 1);
    const auto answered = static_cast<std::int64_t>(out.texts[0].size() / 4 + 1) * choices;
    out.usage = {{"prompt_tokens", prompt},
                 {"completion_tokens", answered},
                 {"total_tokens", prompt + answered},
                 {"prompt_tokens_details",
                  {{"cached_tokens", prompt > 1024 ? prompt / 128 * 128 : 0}, {"audio_tokens", 0}}},
                 {"completion_tokens_details",
                  {{"reasoning_tokens", 0},
                   {"audio_tokens", 0},
                   {"accepted_prediction_tokens", 0},
                   {"rejected_prediction_tokens", 0}}}};
    out.request = std::move(request);
    return out;
}

std::string one_shot(const plan& from) {
    json choices = json::array();
    for (std::size_t i = 0; i < from.texts.size(); ++i) {
        json message{{"role", "assistant"},
                     {"content", nullptr},
                     {"refusal", nullptr},
                     {"annotations", json::array()}};
        if (!from.tool_calls.empty()) {
            message["tool_calls"] = from.tool_calls;
        } else {
            message[from.refusal ? "refusal" : "content"] = from.texts[i];
        }
        choices.push_back({{"index", i},
                           {"message", std::move(message)},
                           {"logprobs", nullptr},
                           {"finish_reason", from.finish_reason()}});
    }
    return dump({{"id", from.id},
                 {"object", "chat.completion"},
                 {"created", from.created},
                 {"model", from.model},
                 {"choices", std::move(choices)},
                 {"usage", from.usage},
                 {"service_tier", "default"},
                 {"system_fingerprint", "fp_mock000001"}});
}

/// Writes the chunks of a stream: all but the delta is the same text in each.
class chunk_writer {
public:
    explicit chunk_writer(const plan& from) : from_{from} {
        const auto& request = from.request;
        usage_ = request.contains("stream_options") && request["stream_options"].is_object() &&
                 request["stream_options"].value("include_usage", false);
        prefix_ = "data: {\"id\":\"" + from.id +
                  "\",\"object\":\"chat.completion.chunk\",\"created\":" + std::to_string(from.created) +
                  ",\"model\":" + dump(from.model) +
                  ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock000001\",\"choices\":[";
    }

    std::vector<std::string> write() {
        for (std::size_t i = 0; i < from_.texts.size(); ++i) {
            const auto calls = !from_.tool_calls.empty();
            add(i, std::string{R"({"role":"assistant","content":)"} +
                       (calls || from_.refusal ? "null" : "\"\"") + R"(,"refusal":null})");
            calls ? tool_calls(i) : text(i);
            add(i, "{}", from_.finish_reason());
        }
        if (usage_) {
            events_.push_back(prefix_ + "],\"usage\":" + dump(from_.usage) + "}\n\n");
        }
        events_.emplace_back("data: [DONE]\n\n");
        return std::move(events_);
    }

private:
    void add(std::size_t choice, std::string_view delta, const char* finish = nullptr) {
        std::string event;
        event.reserve(prefix_.size() + delta.size() + 96);
        event.append(prefix_)
            .append("{\"index\":")
            .append(std::to_string(choice))
            .append(",\"delta\":")
            .append(delta);
        event.append(",\"logprobs\":null,\"finish_reason\":");
        finish == nullptr ? event.append("null") : event.append("\"").append(finish).append("\"");
        event.append(usage_ ? "}],\"usage\":null}\n\n" : "}]}\n\n");
        events_.push_back(std::move(event));
    }

    void text(std::size_t choice) {
        const auto& whole = from_.texts[choice];
        const auto pieces = static_cast<std::size_t>(std::max(from_.pieces, 1));
        const std::string name = from_.refusal ? "{\"refusal\":" : "{\"content\":";
        std::size_t at = 0;
        for (std::size_t i = 1; i <= pieces; ++i) {
            const auto end = character_end(whole, whole.size() * i / pieces);
            if (end > at) {
                add(choice, name + dump(whole.substr(at, end - at)) + "}");
            }
            at = end;
        }
    }

    void tool_calls(std::size_t choice) {
        for (std::size_t i = 0; i < from_.tool_calls.size(); ++i) {
            auto call = from_.tool_calls[i];
            const auto arguments = call["function"]["arguments"].get<std::string>();
            json start{{"index", i}};
            start.update(call);
            start["function"]["arguments"] = "";
            add(choice, dump({{"tool_calls", json::array({start})}}));
            for (std::size_t at = 0; at < arguments.size();) {
                const auto end = character_end(arguments, at + 5);
                json part{{"index", i}, {"function", {{"arguments", arguments.substr(at, end - at)}}}};
                add(choice, dump({{"tool_calls", json::array({part})}}));
                at = end;
            }
        }
    }

    const plan& from_;
    std::string prefix_;
    bool usage_ = false;
    std::vector<std::string> events_;
};

}  // namespace

std::string model_name(std::string_view requested) {
    if (requested == "gpt-4o") {
        return "gpt-4o-2024-08-06";
    }
    if (requested == "gpt-4o-mini") {
        return "gpt-4o-mini-2024-07-18";
    }
    return std::string{requested};
}

std::string error_body(int status, std::string_view message) {
    const char* type = status == 429 ? "requests" : status >= 500 ? "server_error" : "invalid_request_error";
    return dump({{"error",
                  {{"message", message},
                   {"type", type},
                   {"param", nullptr},
                   {"code", status == 429 ? json("rate_limit_exceeded") : json(nullptr)}}}});
}

std::string models_body() {
    json data = json::array();
    for (const auto* id : {"gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-mini"}) {
        data.push_back({{"id", id}, {"object", "model"}, {"created", 1715367049}, {"owned_by", "system"}});
    }
    return dump({{"object", "list"}, {"data", data}});
}

std::string embeddings_body(std::string_view request) {
    return dump(
        {{"object", "list"},
         {"data", json::array({{{"object", "embedding"}, {"index", 0}, {"embedding", {0.25, -0.5, 0.125}}}})},
         {"model", "text-embedding-3-small"},
         {"usage", {{"prompt_tokens", request.size() / 4}, {"total_tokens", request.size() / 4}}}});
}

answer chat_completion(std::string_view request, const shape& wanted, std::uint64_t number) {
    answer out;
    try {
        auto parsed = json::parse(request);
        if (!parsed.is_object() || !parsed.contains("messages") || !parsed["messages"].is_array() ||
            parsed["messages"].empty() || !parsed["messages"].back().is_object()) {
            out.status = 400;
            out.body = error_body(400, "Missing required parameter: 'messages'.");
            return out;
        }
        out.stream = parsed.contains("stream") && parsed["stream"] == true;
        const auto plan = make_plan(std::move(parsed), request, wanted, number);
        if (out.stream) {
            out.events = chunk_writer{plan}.write();
        } else {
            out.body = one_shot(plan);
        }
    } catch (const json::exception&) {
        out = {};
        out.status = 400;
        out.body = error_body(400, "We could not parse the JSON body of your request.");
    }
    return out;
}

}  // namespace tapes::mock
