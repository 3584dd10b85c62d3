#include "openai_responses.hpp"

namespace tapes::mock {
namespace {

class event_writer {
public:
    event_writer(const response_plan& from, answer& out) : from_{from}, out_{out} {}

    void write() {
        json begun = from_.response;
        begun["status"] = "in_progress";
        begun["completed_at"] = nullptr;
        begun["output"] = json::array();
        begun["usage"] = nullptr;
        event("response.created", {{"response", begun}});
        event("response.in_progress", {{"response", begun}});
        for (const auto& item : from_.response["output"]) {
            write_item(item);
            ++index_;
        }
        event("response.completed", {{"response", from_.response}});
    }

private:
    void event(const std::string& type, const json& members) {
        json data{{"type", type}, {"sequence_number", sequence_++}};
        data.update(members);
        out_.body.append("event: ").append(type).append("\ndata: ").append(dump(data)).append("\n\n");
        out_.ends.push_back(out_.body.size());
    }

    json at(const json& item, const json& more) const {
        json members{{"item_id", item["id"]}, {"output_index", index_}};
        members.update(more);
        return members;
    }

    void write_item(const json& item) {
        json begun = item;
        const auto& type = item["type"];
        if (item.contains("status")) {
            begun["status"] = "in_progress";
        }
        if (type == "message") {
            begun["content"] = json::array();
        } else if (type == "reasoning") {
            begun["summary"] = json::array();
        } else {
            begun[type == "custom_tool_call" ? "input" : "arguments"] = "";
        }
        event("response.output_item.added", {{"output_index", index_}, {"item", begun}});
        type == "message"     ? write_content(item)
        : type == "reasoning" ? write_summary(item)
                              : write_arguments(item);
        event("response.output_item.done", {{"output_index", index_}, {"item", item}});
    }

    void write_content(const json& item) {
        for (std::size_t i = 0; i < item["content"].size(); ++i) {
            const auto& part = item["content"][i];
            const bool refusal = part["type"] == "refusal";
            const std::string member = refusal ? "refusal" : "text";
            const std::string name = refusal ? "response.refusal" : "response.output_text";
            const json place = at(item, {{"content_index", i}});
            json begun = part;
            begun[member] = "";
            event("response.content_part.added", joined(place, {{"part", begun}}));
            json whole = joined(place, {{member, part[member]}});
            if (!refusal) {
                whole["logprobs"] = json::array();
            }
            write_pieces(name, place, part[member], !refusal);
            event(name + ".done", whole);
            event("response.content_part.done", joined(place, {{"part", part}}));
        }
    }

    void write_summary(const json& item) {
        for (std::size_t i = 0; i < item["summary"].size(); ++i) {
            const auto& part = item["summary"][i];
            const json place = at(item, {{"summary_index", i}});
            event("response.reasoning_summary_part.added",
                  joined(place, {{"part", {{"type", "summary_text"}, {"text", ""}}}}));
            write_pieces("response.reasoning_summary_text", place, part["text"], false);
            event("response.reasoning_summary_text.done", joined(place, {{"text", part["text"]}}));
            event("response.reasoning_summary_part.done", joined(place, {{"part", part}}));
        }
    }

    void write_arguments(const json& item) {
        const bool freeform = item["type"] == "custom_tool_call";
        const std::string member = freeform ? "input" : "arguments";
        const std::string name =
            freeform ? "response.custom_tool_call_input" : "response.function_call_arguments";
        const json place = at(item, json::object());
        write_pieces(name, place, item[member], false);
        event(name + ".done", joined(place, {{member, item[member]}}));
    }

    void write_pieces(const std::string& name, const json& place, const std::string& whole, bool logprobs) {
        for_pieces(whole, from_.pieces > 0 ? from_.pieces : whole.size() / 6 + 1,
                   [&](const std::string& piece) {
                       json members = joined(place, {{"delta", piece}});
                       if (logprobs) {
                           members["logprobs"] = json::array();
                       }
                       event(name + ".delta", members);
                   });
    }

    static json joined(json members, const json& more) {
        members.update(more);
        return members;
    }

    const response_plan& from_;
    answer& out_;
    std::size_t index_ = 0;
    std::size_t sequence_ = 0;
};

}  // namespace

void write_response_events(const response_plan& from, answer& out) {
    event_writer{from, out}.write();
}

}  // namespace tapes::mock
