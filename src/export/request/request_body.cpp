#include "request/request_body.hpp"

#include "exchanges/recorded_exchange.hpp"
#include "request/message_forms.hpp"
#include "request/parameters.hpp"
#include "request/tool_definitions.hpp"

#include <tapes/text/ordered_json.hpp>

#include <array>
#include <utility>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

struct api_form {
    std::string_view api;
    std::string_view option;  ///< of `--api`; "": only where it is the node's own
    std::string_view history;
    message_form add;
};
constexpr std::array api_forms{
    api_form{"anthropic_messages", "anthropic", "messages", add_anthropic_message},
    api_form{"openai_chat", "openai-chat", "messages", add_chat_message},
    api_form{"openai_responses", "openai-responses", "input", add_responses_message},
    api_form{"ollama_chat", "", "messages", add_ollama_message},
};

const api_form* form_of_api(std::string_view api) noexcept {
    for (const auto& one : api_forms) {
        if (one.api == api) {
            return &one;
        }
    }
    return nullptr;
}

/// The bytes of a recorded `system` or `instructions` are as the client sent them; those of the chain may be
/// of an earlier request.
void add_system(const ordered_json& system, std::string_view api, bool own, const ordered_json& recorded,
                ordered_json& to) {
    if (api != "anthropic_messages") {
        return;
    }
    if (own && recorded.contains("system")) {
        to["system"] = recorded["system"];
    } else if (!system.is_null()) {
        to["system"] = system;
    }
}

}  // namespace

std::string_view api_of_name(std::string_view name) noexcept {
    for (const auto& one : api_forms) {
        if (!name.empty() && one.option == name) {
            return one.api;
        }
    }
    return {};
}

std::int64_t exchange_of_node(read::sources& from, std::int64_t node) {
    const auto answered = from.answers_of(node);
    return answered.empty() ? from.chains.first_exchange(node) : answered.front();
}

ordered_json recorded_request(read::sources& from, std::int64_t exchange) {
    if (exchange != 0) {
        if (const auto recorded = read_recorded(from, exchange)) {
            auto body = text::parsed_json(recorded->request);
            if (body.is_object()) {
                return body;
            }
        }
    }
    return ordered_json::object();
}

ordered_json request_body(read::sources& from, const std::vector<std::int64_t>& nodes, std::string_view api,
                          bool own, const ordered_json& recorded, left_out& left) {
    const auto* const form = form_of_api(api);
    if (form == nullptr) {
        return {};
    }
    const form_context context{own, left};
    messages_in_form messages;
    for (const auto node : nodes) {
        if (const auto message = read_node_message(from, node)) {
            form->add(*message, context, messages);
        }
    }
    auto made = own ? own_parameters(recorded) : parameters_in_form(recorded, api, left);
    if (!made.contains("model") && !nodes.empty()) {
        if (const auto row = from.chains.row(nodes.back())) {
            made["model"] = row->model;
        }
    }
    add_system(messages.system, api, own, recorded, made);
    if (const auto tools = recorded_tools(recorded); !tools.is_null()) {
        auto converted = own ? tools : tools_in_form(read_tools(tools, left), api);
        if (!converted.empty()) {
            made["tools"] = std::move(converted);
        }
    }
    if (!made.contains("tools")) {
        made.erase("tool_choice");
        made.erase("parallel_tool_calls");
    }
    made[std::string{form->history}] = std::move(messages.history);
    return made;
}

}  // namespace tapes::exports
