#include "request/message_forms.hpp"

#include <tapes/merkle/dropped.hpp>

#include <utility>

namespace tapes::exports {

namespace {

using merkle::block;
using nlohmann::ordered_json;

class chat_maker {
public:
    chat_maker(const node_message& from, const form_context& context, ordered_json& to)
        : from_{from}, context_{context}, to_{to} {}

    void make() {
        const bool answer = merkle::is_answer_role(from_.role);
        for (std::size_t i = 0; i < from_.blocks.size(); ++i) {
            const auto& one = from_.blocks[i];
            if (one.type == "tool_result" || one.type == "custom_tool_call_output") {
                end(answer);
                add_result(i);
            } else {
                add(i);
            }
        }
        end(answer);
    }

private:
    void add(std::size_t at) {
        const auto& one = from_.blocks[at];
        const auto image = one.type == "image" ? image_of(one) : std::nullopt;
        if (!one.name.empty() && name_.empty() && context_.own && one.type != "tool_use") {
            name_ = one.name;
        }
        if (one.type == "text") {
            parts_.push_back({{"type", "text"}, {"text", one.text}});
        } else if (image && !merkle::is_answer_role(from_.role)) {
            parts_.push_back({{"type", "image_url"}, {"image_url", {{"url", image_url_of(*image)}}}});
        } else if (one.type == "tool_use") {
            calls_.push_back({{"id", call_id_of(from_, at)},
                              {"type", "function"},
                              {"function", {{"name", one.tool_name}, {"arguments", arguments_text(one)}}}});
        } else if (one.type == "refusal") {
            refusal_ += one.refusal;
        } else if (one.type == "function_call") {
            function_call_ = {{"name", one.tool_name}, {"arguments", arguments_text(one)}};
        } else if (context_.own && !merkle::always_dropped(one) && !one.raw.empty()) {
            add_own(one);
        } else if (!(context_.own && one.type == "name")) {
            context_.left.add(one.type);
        }
    }

    void add_own(const block& one) {
        auto raw = raw_json(one);
        if (one.type == "audio") {
            audio_ = std::move(raw);
        } else if (!one.tool_use_id.empty()) {
            calls_.push_back(std::move(raw));
        } else {
            parts_.push_back(std::move(raw));
        }
    }

    /// A result is a message of its own, with the parts behind it that belong to it.
    void add_result(std::size_t& at) {
        const auto& one = from_.blocks[at];
        ordered_json made{
            {"role", "tool"}, {"tool_call_id", one.tool_result_id}, {"content", one.tool_output}};
        if (one.is_error) {
            context_.left.add("marks of failed calls");
        }
        to_.push_back(std::move(made));
        while (at + 1 < from_.blocks.size() && belongs_to(from_.blocks[at + 1], one, from_.role)) {
            add_result_part(from_.blocks[++at], to_.back()["content"]);
        }
    }

    void add_result_part(const block& part, ordered_json& content) {
        const auto image = part.type == "image" ? image_of(part) : std::nullopt;
        if (context_.own && image) {
            add_to_parts({{"type", "image_url"}, {"image_url", {{"url", image_url_of(*image)}}}}, content);
        } else if (auto raw = raw_json(part); context_.own && raw.is_object() && raw.contains("type")) {
            add_to_parts(std::move(raw), content);
        } else if (part.type == "text" && content.is_string()) {
            content = content.get<std::string>() + part.text;
        } else if (part.type == "text") {
            add_to_parts({{"type", "text"}, {"text", part.text}}, content);
        } else {
            context_.left.add(part.type + " in results of tools");
        }
    }

    /// Content that was a text becomes parts, the text being the first of them.
    static void add_to_parts(ordered_json part, ordered_json& content) {
        if (content.is_string()) {
            auto parts = ordered_json::array();
            if (!content.get_ref<const std::string&>().empty()) {
                parts.push_back({{"type", "text"}, {"text", content}});
            }
            content = std::move(parts);
        }
        content.push_back(std::move(part));
    }

    /// Ends the message that is being made, if it says anything.
    void end(bool answer) {
        const bool says = !parts_.empty() || !calls_.empty() || !refusal_.empty() ||
                          !function_call_.is_null() || !audio_.is_null();
        if (!says) {
            return;
        }
        ordered_json made{{"role", answer                                      ? "assistant"
                                   : from_.role == "developer" && context_.own ? "developer"
                                   : merkle::is_system_role(from_.role)        ? "system"
                                                                               : "user"}};
        const bool one_text = parts_.size() == 1 && parts_[0]["type"] == "text";
        made["content"] = one_text                   ? parts_[0]["text"]
                          : parts_.empty() && answer ? ordered_json{}
                                                     : std::move(parts_);
        if (!name_.empty()) {
            made["name"] = name_;
        }
        if (!refusal_.empty()) {
            made["refusal"] = refusal_;
        }
        if (!calls_.empty()) {
            made["tool_calls"] = std::move(calls_);
        }
        if (!function_call_.is_null()) {
            made["function_call"] = std::move(function_call_);
        }
        if (!audio_.is_null()) {
            made["audio"] = std::move(audio_);
        }
        to_.push_back(std::move(made));
        parts_ = calls_ = ordered_json::array();
        function_call_ = audio_ = ordered_json{};
        refusal_.clear();
    }

    const node_message& from_;
    const form_context& context_;
    ordered_json& to_;
    ordered_json parts_ = ordered_json::array(), calls_ = ordered_json::array();
    ordered_json function_call_, audio_;
    std::string refusal_, name_;
};

}  // namespace

void add_chat_message(const node_message& from, const form_context& context, messages_in_form& to) {
    chat_maker{from, context, to.history}.make();
}

}  // namespace tapes::exports
