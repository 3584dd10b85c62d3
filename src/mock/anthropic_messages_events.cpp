#include "anthropic_messages.hpp"

#include <algorithm>
#include <utility>

namespace tapes::mock::anthropic {
namespace {

class event_writer {
public:
    event_writer(std::string& out, std::vector<std::size_t>& ends, std::size_t pieces)
        : out_{out}, ends_{ends}, pieces_{pieces} {}

    void event(const std::string& type, json members) {
        json data{{"type", type}};
        data.update(members);
        out_.append("event: ").append(type).append("\ndata: ").append(dump(data)).append("\n\n");
        ends_.push_back(out_.size());
    }

    /// The events of one content block.
    void block(std::size_t index, const json& whole) {
        json start = whole;
        for (const auto& [key, empty] : streamed_members()) {
            if (start.contains(key)) {
                start[key] = empty;
            }
        }
        event("content_block_start", {{"index", index}, {"content_block", start}});
        if (index == 0) {
            event("ping", json::object());
        }
        const auto type = whole.value("type", std::string{});
        if (whole.contains("citations")) {
            for (const auto& citation : whole["citations"]) {
                delta(index, "citations_delta", "citation", citation);
            }
        }
        if (whole.contains("input")) {
            const auto input = whole["input"].empty() ? std::string{} : dump(whole["input"]);
            delta(index, "input_json_delta", "partial_json", "");
            text(index, "input_json_delta", "partial_json", input, input.size() / 7 + 1);
        } else if (type == "thinking") {
            const auto thought = whole.value("thinking", std::string{});
            text(index, "thinking_delta", "thinking", thought, thought.size() / 9 + 1);
            delta(index, "signature_delta", "signature", whole["signature"]);
        } else if (type == "text") {
            const auto content = whole.value("text", std::string{});
            text(index, "text_delta", "text", content, pieces_ > 0 ? pieces_ : content.size() / 6 + 1);
        }
        event("content_block_stop", {{"index", index}});
    }

private:
    /// The members of a block that come in deltas, with the value that they have in the block's start.
    static const std::vector<std::pair<std::string, json>>& streamed_members() {
        static const std::vector<std::pair<std::string, json>> members{{"text", ""},
                                                                       {"thinking", ""},
                                                                       {"signature", ""},
                                                                       {"input", json::object()},
                                                                       {"citations", json::array()}};
        return members;
    }

    void delta(std::size_t index, const char* type, const char* key, const json& value) {
        event("content_block_delta", {{"index", index}, {"delta", {{"type", type}, {key, value}}}});
    }

    void text(std::size_t index, const char* type, const char* key, const std::string& whole,
              std::size_t pieces) {
        for_pieces(whole, pieces, [&](const std::string& piece) { delta(index, type, key, piece); });
    }

    std::string& out_;
    std::vector<std::size_t>& ends_;
    std::size_t pieces_;
};

}  // namespace

void append_events(std::string& out, std::vector<std::size_t>& ends, const plan& from) {
    event_writer write{out, ends, from.pieces};
    json start = from.message;
    start["content"] = json::array();
    start["stop_reason"] = nullptr;
    start.erase("stop_details");
    start["usage"]["output_tokens"] = 1;
    write.event("message_start", {{"message", start}});
    std::size_t index = 0;
    for (const auto& block : from.message["content"]) {
        write.block(index++, block);
    }
    json delta{{"stop_reason", from.message["stop_reason"]}, {"stop_sequence", nullptr}};
    if (from.message.contains("stop_details")) {
        delta["stop_details"] = from.message["stop_details"];
    }
    json usage = from.message["usage"];
    usage.erase("cache_creation");
    usage.erase("service_tier");
    write.event("message_delta", {{"delta", delta}, {"usage", usage}});
    write.event("message_stop", json::object());
}

}  // namespace tapes::mock::anthropic
