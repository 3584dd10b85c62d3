// Ollama's chat and generate: one JSON object, or one a line.
#include "answers.hpp"
#include "text.hpp"

#include <algorithm>
#include <string>

namespace tapes::mock {
namespace {

struct ollama_plan {
    std::string model = "llama3.2";
    std::string thinking;
    std::string text;
    json calls = json::array();
    bool stream = true;
    bool loads = false;  ///< nothing was asked: the model is only loaded
    std::size_t pieces = 1;
    std::size_t prompt_tokens = 0;
};

std::string text_in(const json& from, const char* name) {
    return from.contains(name) && from[name].is_string() ? from[name].get<std::string>() : std::string{};
}

bool wants_thinking(const json& asked, const shape& wanted) {
    const auto think = asked.value("think", json{});
    return wanted.thinking || (think.is_boolean() ? think.get<bool>() : think.is_string());
}

ollama_plan make_plan(const json& asked, std::size_t bytes, const std::string& said, const char* start,
                      const shape& wanted) {
    ollama_plan out;
    if (const auto model = text_in(asked, "model"); !model.empty()) {
        out.model = model;
    }
    out.stream = asked.value("stream", json{}) != json(false);
    out.prompt_tokens = bytes / 4 + 1;
    if (wants_thinking(asked, wanted)) {
        out.thinking = "The user said something. I repeat it.";
    }
    std::string echo =
        said.size() > 200 ? said.substr(0, character_end(said, 200)) + "… #" + hex(hash_of(said)) : said;
    out.text = shaped(start + echo, wanted);
    if (wanted.refusal) {
        out.text = "I'm sorry, but I can't help with that.";
    }
    out.pieces = wanted.events > 0 ? static_cast<std::size_t>(wanted.events) : out.text.size() / 6 + 1;
    return out;
}

json make_calls(const json& tools, const std::string& said, int count) {
    json calls = json::array();
    for (int i = 0; i < count; ++i) {
        const auto& tool = tools[static_cast<std::size_t>(i) % tools.size()];
        const auto name = tool.value(json::json_pointer{"/function/name"}, std::string{"tool"});
        const auto schema = tool.value(json::json_pointer{"/function/parameters"}, json{});
        const auto id = "call_" + hex(hash_of(said + name + std::to_string(i))).substr(0, 8);
        calls.push_back(
            {{"id", id},
             {"function", {{"index", i}, {"name", name}, {"arguments", arguments_for(schema, said, i)}}}});
    }
    return calls;
}

/// Writes what both endpoints have alike; `chat` tells which members carry what was said.
class writer {
public:
    writer(const ollama_plan& from, bool chat, answer& out) : from_{from}, chat_{chat}, out_{out} {}

    void write() {
        out_.stream = from_.stream;
        out_.type = from_.stream ? answer::ndjson : answer::json;
        if (!from_.stream) {
            out_.body = dump(last(said(from_.text, from_.thinking, from_.calls)));
            return;
        }
        for_pieces(from_.thinking, 4, [&](const std::string& piece) { line(said({}, piece, {})); });
        if (from_.calls.empty()) {
            for_pieces(from_.text, from_.pieces,
                       [&](const std::string& piece) { line(said(piece, {}, {})); });
        }
        for (const auto& call : from_.calls) {
            line(said({}, {}, json::array({call})));
        }
        append(last(said({}, {}, {})));
    }

private:
    template <class Do>
    static void for_pieces(const std::string& whole, std::size_t pieces, Do each) {
        std::size_t at = 0;
        for (std::size_t i = 1; i <= pieces; ++i) {
            const auto until = std::max(at, character_end(whole, whole.size() * i / pieces));
            if (until > at) {
                each(whole.substr(at, until - at));
            }
            at = until;
        }
    }

    json said(const std::string& text, const std::string& thinking, const json& calls) const {
        json event{{"model", from_.model}, {"created_at", "2026-01-02T03:04:05.678901234Z"}};
        json to = chat_ ? json{{"role", "assistant"}, {"content", text}} : json{{"response", text}};
        if (!thinking.empty()) {
            to["thinking"] = thinking;
        }
        if (!calls.empty()) {
            to["tool_calls"] = calls;
        }
        if (chat_) {
            event["message"] = to;
        } else {
            event.update(to);
        }
        return event;
    }

    json last(json event) const {
        event["done"] = true;
        event["done_reason"] = from_.loads ? "load" : "stop";
        if (!from_.loads) {
            if (!chat_) {
                event["context"] = {128006, 9125, static_cast<int>(from_.prompt_tokens)};
            }
            event.update({{"total_duration", 174560334},
                          {"load_duration", 101397084},
                          {"prompt_eval_count", from_.prompt_tokens},
                          {"prompt_eval_duration", 13074791},
                          {"eval_count", from_.text.size() / 4 + 1},
                          {"eval_duration", 52479709}});
        }
        return event;
    }

    void line(json event) {
        event["done"] = false;
        append(event);
    }

    void append(const json& event) {
        out_.body.append(dump(event)).push_back('\n');
        out_.ends.push_back(out_.body.size());
    }

    const ollama_plan& from_;
    bool chat_;
    answer& out_;
};

answer bad_request(const char* message) {
    answer out;
    out.status = 400;
    out.body = dump({{"error", message}});
    return out;
}

/// Answers what `make` makes of the request; 400 where that is none.
template <class Make>
answer respond(std::string_view body, bool chat, Make make) {
    const auto asked = json::parse(body, nullptr, false);
    if (!asked.is_object()) {
        return bad_request("invalid character in the request body");
    }
    if (text_in(asked, "model").empty()) {
        return bad_request("model is required");
    }
    try {
        answer out;
        const ollama_plan made = make(asked);
        writer{made, chat, out}.write();
        return out;
    } catch (const json::exception&) {  // members of other types than they should have
        return bad_request("json: cannot unmarshal the request");
    }
}

}  // namespace

answer ollama_chat(std::string_view body, const shape& wanted, std::uint64_t) {
    return respond(body, true, [&](const json& asked) {
        const auto messages = asked.value("messages", json::array());
        const std::string role = messages.empty() ? std::string{} : text_in(messages.back(), "role");
        std::string said;
        for (auto it = messages.rbegin(); it != messages.rend() && said.empty(); ++it) {
            const auto by = text_in(*it, "role");
            if (by == "user" || (by == "tool" && role == "tool")) {
                said = text_in(*it, "content");
            }
        }
        auto out =
            make_plan(asked, body.size(), said, role == "tool" ? "The tool said: " : "You said: ", wanted);
        const auto tools = asked.value("tools", json{});
        if (tools.is_array() && !tools.empty() && role == "user" && !wanted.refusal) {
            out.calls = make_calls(tools, said, std::max(1, wanted.tool_calls));
            out.text.clear();
        }
        if (messages.empty()) {
            out.loads = true;
            out.text.clear();
            out.thinking.clear();
        }
        return out;
    });
}

answer ollama_generate(std::string_view body, const shape& wanted, std::uint64_t) {
    return respond(body, false, [&](const json& asked) {
        const auto prompt = text_in(asked, "prompt");
        auto out = make_plan(asked, body.size(), prompt, "You said: ", wanted);
        if (prompt.empty()) {
            out.loads = true;
            out.text.clear();
            out.thinking.clear();
        }
        return out;
    });
}

}  // namespace tapes::mock
