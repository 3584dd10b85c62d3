// Converse, said in the words of Messages: the mock has one idea of what to answer, and two forms for it.
#include "answers.hpp"
#include "text.hpp"

#include <tapes/llm/aws_events.hpp>

#include <algorithm>
#include <utility>

namespace tapes::mock {
namespace {

json as_messages_block(const json& from) {
    if (from.contains("text")) {
        return {{"type", "text"}, {"text", from["text"]}};
    }
    if (from.contains("toolUse")) {
        const auto& call = from["toolUse"];
        return {{"type", "tool_use"},
                {"id", string_member(call, "toolUseId")},
                {"name", string_member(call, "name")},
                {"input", call.value("input", json::object())}};
    }
    if (from.contains("toolResult")) {
        const auto& result = from["toolResult"];
        return {{"type", "tool_result"},
                {"tool_use_id", string_member(result, "toolUseId")},
                {"content", dump(result.value("content", json::array()))}};
    }
    return {{"type", "text"}, {"text", ""}};
}

json as_messages_content(const json& from) {
    json made = json::array();
    for (const auto& block : from) {
        if (block.is_object()) {
            made.push_back(as_messages_block(block));
        }
    }
    return made;
}

json as_messages_request(const json& from) {
    json made{{"model", string_member(from, "model")}, {"max_tokens", 4096}, {"messages", json::array()}};
    for (const auto& message : from.value("messages", json::array())) {
        made["messages"].push_back(
            {{"role", string_member(message, "role")},
             {"content", as_messages_content(message.value("content", json::array()))}});
    }
    const auto tools = from.value("toolConfig", json::object()).value("tools", json::array());
    for (const auto& tool : tools) {
        if (tool.is_object() && tool.contains("toolSpec")) {
            const auto& spec = tool["toolSpec"];
            made["tools"].push_back(
                {{"name", string_member(spec, "name")},
                 {"input_schema", spec.value("inputSchema", json::object()).value("json", json::object())}});
        }
    }
    return made;
}

json as_converse_block(const json& from) {
    const auto type = string_member(from, "type");
    if (type == "tool_use") {
        return {{"toolUse",
                 {{"toolUseId", "tooluse_" + string_member(from, "id")},
                  {"name", from["name"]},
                  {"input", from["input"]}}}};
    }
    if (type == "thinking") {
        return {{"reasoningContent",
                 {{"reasoningText", {{"text", from["thinking"]}, {"signature", from["signature"]}}}}}};
    }
    return {{"text", string_member(from, "text")}};
}

json as_converse_usage(const json& from) {
    const auto figure = [&](const char* name) { return from.value(name, std::size_t{0}); };
    const auto input = figure("input_tokens");
    const auto read = figure("cache_read_input_tokens");
    const auto written = figure("cache_creation_input_tokens");
    const auto output = figure("output_tokens");
    return {{"inputTokens", input},
            {"outputTokens", output},
            {"totalTokens", input + read + written + output},
            {"cacheReadInputTokens", read},
            {"cacheWriteInputTokens", written}};
}

/// Writes the events of a stream.
class converse_writer {
public:
    converse_writer(const json& whole, std::size_t pieces, answer& out)
        : whole_{whole}, pieces_{std::max<std::size_t>(pieces, 1)}, out_{out} {}

    void write() {
        const auto& message = whole_["output"]["message"];
        add("messageStart", {{"role", message["role"]}});
        std::size_t index = 0;
        for (const auto& block : message["content"]) {
            write_block(block, index);
            add("contentBlockStop", {{"contentBlockIndex", index++}});
        }
        add("messageStop", {{"stopReason", whole_["stopReason"]}});
        add("metadata", {{"usage", whole_["usage"]}, {"metrics", whole_["metrics"]}});
    }

private:
    void add(std::string_view type, const json& payload) {
        llm::append_aws_event(out_.body, "event", type, dump(payload));
        out_.ends.push_back(out_.body.size());
    }

    void add_delta(std::size_t index, json delta) {
        add("contentBlockDelta", {{"contentBlockIndex", index}, {"delta", std::move(delta)}});
    }

    void write_block(const json& block, std::size_t index) {
        if (block.contains("toolUse")) {
            const auto& call = block["toolUse"];
            add("contentBlockStart",
                {{"contentBlockIndex", index},
                 {"start", {{"toolUse", {{"toolUseId", call["toolUseId"]}, {"name", call["name"]}}}}}});
            const auto input = dump(call["input"]);
            for_pieces(input, input.size() / 5 + 1, [&](const std::string& piece) {
                add_delta(index, {{"toolUse", {{"input", piece}}}});
            });
        } else if (block.contains("reasoningContent")) {
            const auto& thought = block["reasoningContent"]["reasoningText"];
            for_pieces(thought["text"].get<std::string>(), pieces_, [&](const std::string& piece) {
                add_delta(index, {{"reasoningContent", {{"text", piece}}}});
            });
            add_delta(index, {{"reasoningContent", {{"signature", thought["signature"]}}}});
        } else {
            for_pieces(block["text"].get<std::string>(), pieces_, [&](const std::string& piece) {
                add_delta(index, {{"text", piece}});
            });
        }
    }

    const json& whole_;
    const std::size_t pieces_;
    answer& out_;
};

answer refused_converse(std::string_view message) {
    answer out;
    out.status = 400;
    out.body = dump({{"message", message}});
    return out;
}

}  // namespace

answer bedrock_converse(std::string_view body, const shape& wanted, std::uint64_t number) {
    const auto from = json::parse(body, nullptr, false);
    if (!from.is_object() || !from.contains("messages")) {
        return refused_converse("The request has no messages.");
    }
    try {
        auto asked = dump(as_messages_request(from));
        asked.reserve(asked.size() + request_padding);
        const auto said = anthropic_messages(asked, wanted, number);
        const auto message = json::parse(said.body, nullptr, false);
        if (said.status != 200 || !message.is_object()) {
            return refused_converse("The messages cannot be read.");
        }
        json content = json::array();
        for (const auto& block : message["content"]) {
            content.push_back(as_converse_block(block));
        }
        const json whole{{"output", {{"message", {{"role", "assistant"}, {"content", std::move(content)}}}}},
                         {"stopReason", message["stop_reason"]},
                         {"usage", as_converse_usage(message["usage"])},
                         {"metrics", {{"latencyMs", 1}}}};
        answer out;
        out.stream = from.value("stream", false);
        if (out.stream) {
            out.type = answer::aws_event_stream;
            converse_writer{whole, static_cast<std::size_t>(std::max(wanted.events, 0)), out}.write();
        } else {
            out.body = dump(whole);
        }
        return out;
    } catch (const json::exception&) {
        return refused_converse("The request is no Converse request.");
    }
}

}  // namespace tapes::mock
