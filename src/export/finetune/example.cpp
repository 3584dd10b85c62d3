#include "finetune/example.hpp"

#include "request/message_forms.hpp"
#include "request/request_body.hpp"
#include "request/tool_definitions.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t longest_tool_name = 64;

struct example_message {
    ordered_json said;
    std::int64_t node = 0;
};

bool is_role(const ordered_json& message, std::string_view role) {
    return message["role"] == role;
}

std::string plain_tool_name(const std::string& name, left_out& left) {
    std::string made = name.substr(0, longest_tool_name);
    std::ranges::replace_if(
        made,
        [](char c) {
            return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                     c == '-');
        },
        '_');
    left.add("characters of tools' names", made == name ? 0 : 1);
    return made.empty() ? "tool" : made;
}

/// Only what a person says may have parts, and of images only these.
void make_content_plain(ordered_json& message, left_out& left) {
    if (const auto refusal = message.find("refusal"); refusal != message.end()) {
        message["content"] = *refusal;
        message.erase("refusal");
    }
    auto& content = message["content"];
    if (!content.is_array()) {
        return;
    }
    std::string text;
    auto parts = ordered_json::array();
    for (auto& part : content) {
        if (part["type"] == "text") {
            text += (text.empty() ? "" : "\n\n") + part["text"].get<std::string>();
            parts.push_back(std::move(part));
            continue;
        }
        const auto url = part["image_url"]["url"].get<std::string>();
        const bool taken = url.starts_with("https://") || url.starts_with("data:image/png;") ||
                           url.starts_with("data:image/jpeg;") || url.starts_with("data:image/webp;");
        if (taken && is_role(message, "user")) {
            parts.push_back(std::move(part));
        } else {
            left.add("image");
        }
    }
    const bool images = std::ranges::any_of(parts, [](const auto& one) { return one["type"] != "text"; });
    content = images ? std::move(parts) : ordered_json(text);
}

class example_maker {
public:
    example_maker(read::sources& from, left_out& left) : from_{from}, left_{left} {}

    void read(std::int64_t leaf) {
        const form_context context{false, left_};
        for (const auto node : chain_nodes(from_, leaf)) {
            const auto message = read_node_message(from_, node);
            messages_in_form one;
            if (message) {
                add_chat_message(*message, context, one);
            }
            for (auto& said : one.history) {
                make_content_plain(said, left_);
                messages_.push_back({std::move(said), node});
            }
        }
    }

    /// What comes behind the last answer is nothing to train.
    void end_with_answer() {
        while (!messages_.empty() && !is_role(messages_.back().said, "assistant")) {
            messages_.pop_back();
        }
    }

    /// A call in the midst must be answered by the messages right behind it, and a result have its call.
    void keep_answered_calls() {
        std::vector<example_message> kept;
        for (std::size_t i = 0; i < messages_.size(); ++i) {
            auto& one = messages_[i];
            if (is_role(one.said, "tool")) {
                left_.add("results without their calls");
                continue;
            }
            const bool last = i + 1 == messages_.size();
            std::size_t behind = i + 1;
            while (behind < messages_.size() && is_role(messages_[behind].said, "tool")) {
                ++behind;
            }
            if (!one.said.contains("tool_calls")) {
                kept.push_back(std::move(one));
                continue;
            }
            std::set<std::string> answered;
            for (auto at = i + 1; at < behind; ++at) {
                answered.insert(messages_[at].said["tool_call_id"].get<std::string>());
            }
            keep_calls(one.said, answered, last);
            const bool says = one.said.contains("tool_calls") || one.said["content"].is_string();
            const auto calls = ids_of(one.said);
            if (says) {
                kept.push_back(std::move(one));
            }
            for (++i; i < behind; ++i) {
                if (calls.contains(messages_[i].said["tool_call_id"].get<std::string>())) {
                    kept.push_back(std::move(messages_[i]));
                } else {
                    left_.add("results without their calls");
                }
            }
            i = behind - 1;
        }
        messages_ = std::move(kept);
    }

    ordered_json make(std::int64_t leaf, std::set<std::int64_t>& trained) {
        bool any = false;
        auto all = ordered_json::array();
        std::set<std::int64_t> now;
        for (auto& [said, node] : messages_) {
            if (is_role(said, "assistant")) {
                if (trained.contains(node)) {
                    said["weight"] = 0;
                } else {
                    any = true;
                    now.insert(node);
                }
            }
            all.push_back(std::move(said));
        }
        if (!any) {
            return {};
        }
        trained.insert(now.begin(), now.end());
        ordered_json made{{"messages", std::move(all)}};
        add_tools(leaf, made);
        return made;
    }

private:
    static std::set<std::string> ids_of(const ordered_json& message) {
        std::set<std::string> ids;
        if (const auto calls = message.find("tool_calls"); calls != message.end()) {
            for (const auto& call : *calls) {
                ids.insert(call["id"].get<std::string>());
            }
        }
        return ids;
    }

    void keep_calls(ordered_json& message, const std::set<std::string>& answered, bool last) {
        auto calls = ordered_json::array();
        for (auto& call : message["tool_calls"]) {
            if (last || answered.contains(call["id"].get<std::string>())) {
                auto& name = call["function"]["name"];
                name = plain_tool_name(name.get<std::string>(), left_);
                calls.push_back(std::move(call));
            } else {
                left_.add("calls without a result");
            }
        }
        if (calls.empty()) {
            message.erase("tool_calls");
        } else {
            message["tool_calls"] = std::move(calls);
        }
    }

    void add_tools(std::int64_t leaf, ordered_json& to) {
        const auto recorded = recorded_request(from_, exchange_of_node(from_, leaf));
        auto tools = read_tools(recorded_tools(recorded), left_);
        for (auto& one : tools) {
            one.name = plain_tool_name(one.name, left_);
        }
        if (!tools.empty()) {
            to["tools"] = tools_in_form(tools, "openai_chat");
            if (const auto parallel = recorded.find("parallel_tool_calls");
                parallel != recorded.end() && parallel->is_boolean()) {
                to["parallel_tool_calls"] = *parallel;
            }
        }
    }

    read::sources& from_;
    left_out& left_;
    std::vector<example_message> messages_;
};

}  // namespace

ordered_json finetune_example(read::sources& from, std::int64_t leaf, std::set<std::int64_t>& trained,
                              left_out& left) {
    example_maker maker{from, left};
    maker.read(leaf);
    maker.end_with_answer();
    maker.keep_answered_calls();
    maker.end_with_answer();
    return maker.make(leaf, trained);
}

}  // namespace tapes::exports
