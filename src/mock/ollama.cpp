// Ollama's chat and generate: one JSON object, or one a line.
#include "answers.hpp"
#include "tool_calls.hpp"

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
    bool loads = false;  ///< the request has no prompt: the model is only loaded
    std::size_t pieces = 1;
    std::size_t prompt_tokens = 0;
};

bool wants_thinking(const json& request, const shape& wanted) {
    const auto think = request.value("think", json{});
    return wanted.thinking || (think.is_boolean() ? think.get<bool>() : think.is_string());
}

ollama_plan make_plan(const json& request, std::size_t bytes, const question& from, const shape& wanted) {
    ollama_plan out;
    if (!from.model.empty()) {
        out.model = from.model;
    }
    out.stream = request.value("stream", json{}) != json(false);
    out.prompt_tokens = bytes / 4 + 1;
    if (wants_thinking(request, wanted)) {
        out.thinking = "The user said something. I repeat it.";
    }
    out.text = wanted.refusal ? "I'm sorry, but I can't help with that." : shaped(echo_of(from), wanted);
    out.pieces = wanted.events > 0 ? static_cast<std::size_t>(wanted.events) : out.text.size() / 6 + 1;
    return out;
}

/// The plan of a request that asks nothing and thus only loads the model.
void make_load(ollama_plan& out) {
    out.loads = true;
    out.text.clear();
    out.thinking.clear();
}

json make_calls(std::vector<tool_call> calls) {
    json made = json::array();
    for (auto& call : calls) {
        made.push_back(
            {{"id", "call_" + call.id},
             {"function",
              {{"index", made.size()}, {"name", call.name}, {"arguments", std::move(call.arguments)}}}});
    }
    return made;
}

void read_messages(const json& messages, question& out) {
    const auto role = messages.empty() ? std::string{} : string_member(messages.back(), "role");
    out.is_user = role == "user";
    out.answers_tool = role == "tool";
    for (auto it = messages.rbegin(); it != messages.rend() && out.prompt.empty(); ++it) {
        const auto speaker = string_member(*it, "role");
        if (speaker == "user") {
            out.prompt = string_member(*it, "content");
        } else if (speaker == "tool") {
            ++out.results;
            if (out.answers_tool && out.text.empty()) {
                out.text = string_member(*it, "content");
            }
        }
    }
    if (out.text.empty()) {
        out.text = out.prompt;
    }
}

void read_tools(const json& tools, question& out) {
    for (const auto& one : tools.is_array() ? tools : json::array()) {
        const auto function = one.value("function", json::object());
        out.tools.push_back({string_member(function, "name"), function.value("parameters", json{})});
    }
}

/// Writes the answer of either endpoint; `chat` tells in which members the text stands.
class writer {
public:
    writer(const ollama_plan& from, bool chat, answer& out) : from_{from}, chat_{chat}, out_{out} {}

    void write() {
        out_.stream = from_.stream;
        out_.type = from_.stream ? answer::ndjson : answer::json;
        if (!from_.stream) {
            out_.body = dump(last(event_of(from_.text, from_.thinking, from_.calls)));
            return;
        }
        for_pieces(from_.thinking, 4, [&](const std::string& piece) { line(event_of({}, piece, {})); });
        if (from_.calls.empty()) {
            for_pieces(from_.text, from_.pieces,
                       [&](const std::string& piece) { line(event_of(piece, {}, {})); });
        }
        for (const auto& call : from_.calls) {
            line(event_of({}, {}, json::array({call})));
        }
        append(last(event_of({}, {}, {})));
    }

private:
    json event_of(const std::string& text, const std::string& thinking, const json& calls) const {
        json event{{"model", from_.model}, {"created_at", "2026-01-02T03:04:05.678901234Z"}};
        json message = chat_ ? json{{"role", "assistant"}, {"content", text}} : json{{"response", text}};
        if (!thinking.empty()) {
            message["thinking"] = thinking;
        }
        if (!calls.empty()) {
            message["tool_calls"] = calls;
        }
        if (chat_) {
            event["message"] = message;
        } else {
            event.update(message);
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

/// Answers with the plan that `make` makes of a request; 400 where the body is no request.
template <class Make>
answer respond(std::string_view body, bool chat, Make make) {
    const auto request = json::parse(body, nullptr, false);
    if (!request.is_object()) {
        return bad_request("invalid character in the request body");
    }
    question from;
    from.model = string_member(request, "model");
    if (from.model.empty()) {
        return bad_request("model is required");
    }
    try {
        answer out;
        const ollama_plan made = make(request, from);
        writer{made, chat, out}.write();
        return out;
    } catch (const json::exception&) {  // members of other types than they should have
        return bad_request("json: cannot unmarshal the request");
    }
}

}  // namespace

answer ollama_chat(std::string_view body, const shape& wanted, std::uint64_t) {
    return respond(body, true, [&](const json& request, question& from) {
        const auto messages = request.value("messages", json::array());
        read_messages(messages, from);
        read_tools(request.value("tools", json{}), from);
        auto out = make_plan(request, body.size(), from, wanted);
        out.calls = make_calls(choose_calls(from, wanted));
        if (!out.calls.empty()) {
            out.text.clear();
        }
        if (messages.empty()) {
            make_load(out);
        }
        return out;
    });
}

answer ollama_generate(std::string_view body, const shape& wanted, std::uint64_t) {
    return respond(body, false, [&](const json& request, question& from) {
        from.text = from.prompt = string_member(request, "prompt");
        auto out = make_plan(request, body.size(), from, wanted);
        if (from.prompt.empty()) {
            make_load(out);
        }
        return out;
    });
}

}  // namespace tapes::mock
