#include "request/message_forms.hpp"

#include <tapes/merkle/dropped.hpp>

#include <utility>

namespace tapes::exports {

namespace {

using merkle::block;
using nlohmann::ordered_json;

class items_maker {
public:
    items_maker(const node_message& from, const form_context& context, ordered_json& to)
        : from_{from}, context_{context}, answer_{merkle::is_answer_role(from.role)}, to_{to} {}

    void make() {
        for (std::size_t i = 0; i < from_.blocks.size(); ++i) {
            add(i);
        }
        end();
    }

private:
    void add(std::size_t& at) {
        const auto& one = from_.blocks[at];
        if (one.type == "text") {
            ordered_json part{{"type", answer_ ? "output_text" : "input_text"}, {"text", one.text}};
            if (answer_) {
                part["annotations"] = ordered_json::array();
            }
            parts_.push_back(std::move(part));
        } else if (one.type == "annotations" && context_.own && !parts_.empty()) {
            parts_.back()["annotations"] = raw_json(one);
        } else if (one.type == "refusal") {
            parts_.push_back({{"type", "refusal"}, {"refusal", one.refusal}});
        } else if (const auto image = one.type == "image" && !answer_ ? image_of(one) : std::nullopt) {
            parts_.push_back(
                {{"type", "input_image"}, {"image_url", image_url_of(*image)}, {"detail", "auto"}});
        } else if (one.type == "tool_use") {
            add_call(at);
        } else if (one.type == "tool_result" || one.type == "custom_tool_call_output") {
            add_result(at);
        } else if (one.type == "thinking" && context_.own) {
            add_reasoning(one);
        } else if (context_.own && !one.raw.empty()) {
            add_own(one);
        } else {
            context_.left.add(one.type);
        }
    }

    void add_call(std::size_t at) {
        end();
        const auto& one = from_.blocks[at];
        ordered_json made{{"type", "function_call"},
                          {"call_id", call_id_of(from_, at)},
                          {"name", one.tool_name},
                          {"arguments", arguments_text(one)}};
        if (!one.name.empty() && context_.own) {
            made["namespace"] = one.name;
        }
        to_.push_back(std::move(made));
    }

    void add_result(std::size_t& at) {
        end();
        const auto& one = from_.blocks[at];
        const bool custom = one.type == "custom_tool_call_output" && context_.own;
        ordered_json made{{"type", custom ? "custom_tool_call_output" : "function_call_output"},
                          {"call_id", one.tool_result_id},
                          {"output", one.tool_output}};
        if (one.is_error) {
            context_.left.add("marks of failed calls");
        }
        auto parts = ordered_json::array();
        if (!one.tool_output.empty()) {
            parts.push_back({{"type", "input_text"}, {"text", one.tool_output}});
        }
        bool only_text = true;
        while (at + 1 < from_.blocks.size() && belongs_to(from_.blocks[at + 1], one, from_.role)) {
            only_text = !add_result_part(from_.blocks[++at], parts) && only_text;
        }
        if (!only_text) {
            made["output"] = std::move(parts);
        }
        to_.push_back(std::move(made));
    }

    /// Returns whether there is one in this form.
    bool add_result_part(const block& part, ordered_json& to) {
        if (const auto image = part.type == "image" ? image_of(part) : std::nullopt) {
            to.push_back({{"type", "input_image"}, {"image_url", image_url_of(*image)}});
        } else if (context_.own && part.type == "annotations" && !to.empty()) {
            to.back()["annotations"] = raw_json(part);
        } else if (context_.own && !part.raw.empty()) {
            to.push_back(raw_json(part));
        } else {
            context_.left.add(part.type + " in results of tools");
            return false;
        }
        return true;
    }

    void add_reasoning(const block& one) {
        end();
        // Only what is sealed can be sent back; the provider refuses reasoning without its id or seal.
        if (one.signature.empty()) {
            context_.left.add(one.type);
            return;
        }
        ordered_json made{{"type", "reasoning"}, {"summary", ordered_json::array()}};
        if (!one.thinking.empty()) {
            made["summary"].push_back({{"type", "summary_text"}, {"text", one.thinking}});
        }
        made["encrypted_content"] = one.signature;
        to_.push_back(std::move(made));
    }

    void add_own(const block& one) {
        auto raw = raw_json(one);
        const bool part = one.type.starts_with("input_") || one.type == "prompt";
        if (one.type == "prompt" || !raw.is_object()) {
            context_.left.add(one.type);
        } else if (part) {
            parts_.push_back(std::move(raw));
        } else {
            end();
            to_.push_back(std::move(raw));
        }
    }

    void end() {
        if (parts_.empty()) {
            return;
        }
        const bool system = merkle::is_system_role(from_.role);
        to_.push_back({{"type", "message"},
                       {"role", answer_  ? "assistant"
                                : system ? from_.role
                                         : "user"},
                       {"content", std::move(parts_)}});
        parts_ = ordered_json::array();
    }

    const node_message& from_;
    const form_context& context_;
    const bool answer_;
    ordered_json& to_;
    ordered_json parts_ = ordered_json::array();
};

}  // namespace

void add_responses_message(const node_message& from, const form_context& context, messages_in_form& to) {
    items_maker{from, context, to.history}.make();
}

}  // namespace tapes::exports
