#include "openai_chat.hpp"

#include "answers.hpp"
#include "tool_calls.hpp"

#include <tapes/text/hex.hpp>
#include <tapes/text/json_string.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace tapes::mock {
namespace {

struct chat_plan {
    std::string id;
    std::string model;
    std::int64_t created = 0;
    std::vector<std::string> texts;  ///< by choice
    std::optional<std::size_t> cache_read;
    json tool_calls;  ///< an array
    bool refusal = false;
    bool include_usage = false;
    std::size_t pieces = 1;
    std::size_t prompt_tokens = 0;
    std::size_t answer_tokens = 0;

    const char* finish_reason() const { return tool_calls.empty() ? "stop" : "tool_calls"; }
};

json make_tool_calls(const std::vector<tool_call>& calls) {
    json made = json::array();
    for (const auto& call : calls) {
        made.push_back({{"id", "call_" + call.id},
                        {"type", "function"},
                        {"function", {{"name", call.name}, {"arguments", dump(call.arguments)}}}});
    }
    return made;
}

void make_texts(chat_plan& out, const chat_request& from, const shape& wanted) {
    const auto echo = echo_of(from);
    for (int i = 0; i < from.choices; ++i) {
        const std::string start = i == 0 ? "" : "(" + std::to_string(i + 1) + ") ";
        out.texts.push_back(wanted.refusal ? "I'm sorry, but I can't help with that."
                                           : shaped(start + echo, wanted));
    }
}

chat_plan make_chat_plan(const chat_request& from, std::string_view raw, const shape& wanted,
                         std::uint64_t number) {
    chat_plan out;
    out.tool_calls = make_tool_calls(choose_calls(from, wanted));
    make_texts(out, from, wanted);
    out.refusal = wanted.refusal;
    out.cache_read = wanted.cache_read;
    out.include_usage = from.include_usage;
    out.pieces = wanted.events > 0 ? static_cast<std::size_t>(wanted.events) : out.texts[0].size() / 6 + 1;
    out.id = "chatcmpl-" + text::to_hex(number + 1) +
             text::to_hex(hash_of(raw.substr(raw.size() - std::min<std::size_t>(64, raw.size()))));
    out.model = model_name(from.model);
    out.created =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    out.prompt_tokens = raw.size() / 4 + 1;
    out.answer_tokens = (out.texts[0].size() / 4 + 1) * out.texts.size();
    return out;
}

void append_usage(std::string& out, const chat_plan& from) {
    const auto cached =
        from.cache_read.value_or(from.prompt_tokens > 1024 ? from.prompt_tokens / 128 * 128 : 0);
    out.append("{\"prompt_tokens\":").append(std::to_string(from.prompt_tokens));
    out.append(",\"completion_tokens\":").append(std::to_string(from.answer_tokens));
    out.append(",\"total_tokens\":").append(std::to_string(from.prompt_tokens + from.answer_tokens));
    out.append(",\"prompt_tokens_details\":{\"cached_tokens\":").append(std::to_string(cached));
    out.append(R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
               R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})");
}

std::string one_shot(const chat_plan& from) {
    std::string out = "{\"id\":\"" + from.id +
                      "\",\"object\":\"chat.completion\",\"created\":" + std::to_string(from.created) +
                      ",\"model\":";
    text::append_json_string(out, from.model);
    out += ",\"choices\":[";
    for (std::size_t i = 0; i < from.texts.size(); ++i) {
        out.append(i == 0 ? "{\"index\":" : ",{\"index\":").append(std::to_string(i));
        out.append(R"(,"message":{"role":"assistant","content":)");
        const bool said = from.tool_calls.empty() && !from.refusal;
        said ? text::append_json_string(out, from.texts[i]) : void(out += "null");
        out += ",\"refusal\":";
        from.refusal ? text::append_json_string(out, from.texts[i]) : void(out += "null");
        out += ",\"annotations\":[]";
        if (!from.tool_calls.empty()) {
            out.append(",\"tool_calls\":").append(dump(from.tool_calls));
        }
        out.append("},\"logprobs\":null,\"finish_reason\":\"").append(from.finish_reason()).append("\"}");
    }
    out += "],\"usage\":";
    append_usage(out, from);
    return out.append(R"(,"service_tier":"default","system_fingerprint":"fp_mock000001"})");
}

/// Writes the chunks of a stream: all but the delta is the same text in each.
class chunk_writer {
public:
    chunk_writer(const chat_plan& from, answer& out) : from_{from}, out_{out} {
        prefix_ = "data: {\"id\":\"" + from.id +
                  "\",\"object\":\"chat.completion.chunk\",\"created\":" + std::to_string(from.created) +
                  ",\"model\":";
        text::append_json_string(prefix_, from.model);
        prefix_ += R"(,"service_tier":"default","system_fingerprint":"fp_mock000001","choices":[)";
    }

    void write() {
        const bool calls = !from_.tool_calls.empty();
        out_.body.reserve((from_.pieces + 3) * from_.texts.size() * (prefix_.size() + 110));
        for (std::size_t i = 0; i < from_.texts.size(); ++i) {
            start(i);
            out_.body += R"({"role":"assistant","content":)";
            out_.body.append(calls || from_.refusal ? "null" : "\"\"").append(R"(,"refusal":null})");
            end();
            calls ? tool_calls(i) : text(i);
            start(i);
            out_.body += "{}";
            end(from_.finish_reason());
        }
        if (from_.include_usage) {
            out_.body.append(prefix_).append("],\"usage\":");
            append_usage(out_.body, from_);
            out_.body += "}\n\n";
            out_.ends.push_back(out_.body.size());
        }
        out_.body += "data: [DONE]\n\n";
        out_.ends.push_back(out_.body.size());
    }

private:
    void start(std::size_t choice) {
        out_.body.append(prefix_).append("{\"index\":").append(std::to_string(choice)).append(",\"delta\":");
    }

    void end(const char* finish = nullptr) {
        out_.body += ",\"logprobs\":null,\"finish_reason\":";
        finish == nullptr ? out_.body.append("null") : out_.body.append("\"").append(finish).append("\"");
        out_.body += from_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
        out_.ends.push_back(out_.body.size());
    }

    void text(std::size_t choice) {
        for_pieces(from_.texts[choice], std::max<std::size_t>(from_.pieces, 1),
                   [&](const std::string& piece) {
                       start(choice);
                       out_.body += from_.refusal ? "{\"refusal\":" : "{\"content\":";
                       text::append_json_string(out_.body, piece);
                       out_.body += '}';
                       end();
                   });
    }

    void tool_calls(std::size_t choice) {
        for (std::size_t i = 0; i < from_.tool_calls.size(); ++i) {
            auto call = from_.tool_calls[i];
            const auto arguments = call["function"]["arguments"].get<std::string>();
            json first{{"index", i}};
            first.update(call);
            first["function"]["arguments"] = "";
            start(choice);
            out_.body += dump({{"tool_calls", json::array({first})}});
            end();
            for_pieces(arguments, arguments.size() / 5 + 1, [&](const std::string& piece) {
                start(choice);
                out_.body += dump(
                    {{"tool_calls", json::array({{{"index", i}, {"function", {{"arguments", piece}}}}})}});
                end();
            });
        }
    }

    const chat_plan& from_;
    answer& out_;
    std::string prefix_;
};

}  // namespace

answer chat_completion(std::string_view body, const shape& wanted, std::uint64_t number) {
    answer out;
    chat_request from;
    auto error = request_error::not_json;
    try {
        error = read_chat_request(body, wanted, from);
        if (error == request_error::none) {
            const auto plan = make_chat_plan(from, body, wanted, number);
            if (from.deferred) {
                kept_answer later;
                later.id = "deferred-" + std::to_string(number + 1);
                later.whole = one_shot(plan);
                later.background = true;
                out.body = dump({{"request_id", later.id}});
                out.kept = std::move(later);
                return out;
            }
            out.stream = from.stream;
            out.type = from.stream ? answer::event_stream : answer::json;
            if (out.stream) {
                chunk_writer{plan, out}.write();
            } else {
                out.body = one_shot(plan);
            }
            return out;
        }
    } catch (const json::exception&) {  // tools that are none
        error = request_error::not_json;
    }
    out = {};
    out.status = 400;
    out.body = error_body(400, error == request_error::no_messages
                                   ? "Missing required parameter: 'messages'."
                                   : "We could not parse the JSON body of your request.");
    return out;
}

}  // namespace tapes::mock
