#include "openai_responses.hpp"

#include <algorithm>

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
            begun["arguments"] = "";
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
            const json where = at(item, {{"content_index", i}});
            json begun = part;
            begun[member] = "";
            event("response.content_part.added", with(where, {{"part", begun}}));
            json whole = with(where, {{member, part[member]}});
            if (!refusal) {
                whole["logprobs"] = json::array();
            }
            write_pieces(name, where, part[member], !refusal);
            event(name + ".done", whole);
            event("response.content_part.done", with(where, {{"part", part}}));
        }
    }

    void write_summary(const json& item) {
        for (std::size_t i = 0; i < item["summary"].size(); ++i) {
            const auto& part = item["summary"][i];
            const json where = at(item, {{"summary_index", i}});
            event("response.reasoning_summary_part.added",
                  with(where, {{"part", {{"type", "summary_text"}, {"text", ""}}}}));
            write_pieces("response.reasoning_summary_text", where, part["text"], false);
            event("response.reasoning_summary_text.done", with(where, {{"text", part["text"]}}));
            event("response.reasoning_summary_part.done", with(where, {{"part", part}}));
        }
    }

    void write_arguments(const json& item) {
        const json where = at(item, json::object());
        write_pieces("response.function_call_arguments", where, item["arguments"], false);
        event("response.function_call_arguments.done", with(where, {{"arguments", item["arguments"]}}));
    }

    void write_pieces(const std::string& name, const json& where, const std::string& whole, bool logprobs) {
        const auto pieces = from_.pieces > 0 ? from_.pieces : whole.size() / 6 + 1;
        std::size_t begin = 0;
        for (std::size_t i = 1; i <= pieces; ++i) {
            const auto end = character_end(whole, whole.size() * i / pieces);
            if (end > begin) {
                json members = with(where, {{"delta", whole.substr(begin, end - begin)}});
                if (logprobs) {
                    members["logprobs"] = json::array();
                }
                event(name + ".delta", members);
            }
            begin = end;
        }
    }

    static json with(json members, const json& more) {
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
