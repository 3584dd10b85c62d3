#include "otlp/chat_span.hpp"

#include "nodes/node_message.hpp"
#include "otlp/message_parts.hpp"
#include "request/request_body.hpp"
#include "request/tool_definitions.hpp"

#include <tapes/catalogue/token_sums.hpp>
#include <tapes/export/secrets.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/authority.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

std::string operation_of(const store::kept_exchange& row) {
    const auto& api = row.api;
    if (api == "ollama_generate" || api.ends_with("_completions") || api.ends_with("text_completion")) {
        return "text_completion";
    }
    return api.starts_with("gemini") || api.find("generate_content") != std::string::npos ? "generate_content"
                                                                                          : "chat";
}

/// A member of the request, or of one of its objects where parameters stand apart.
const ordered_json* parameter(const ordered_json& request, std::initializer_list<const char*> names) {
    for (const auto* const name : names) {
        for (const auto* const place : {"", "options", "generationConfig", "inferenceConfig", "reasoning"}) {
            const ordered_json* inside = &request;
            if (*place != '\0') {
                const auto found = request.find(place);
                inside = found != request.end() && found->is_object() ? &*found : nullptr;
            }
            if (inside != nullptr) {
                if (const auto found = inside->find(name); found != inside->end() && !found->is_null()) {
                    return &*found;
                }
            }
        }
    }
    return nullptr;
}

void add_parameters(const ordered_json& request, secret_filter& secrets, std::string_view where, span& to) {
    const auto integer = [&](const char* key, std::initializer_list<const char*> names) {
        const auto* const value = parameter(request, names);
        if (value != nullptr && value->is_number_integer()) {
            to.integer(key, value->get<std::int64_t>());
        }
    };
    const auto number = [&](const char* key, std::initializer_list<const char*> names) {
        const auto* const value = parameter(request, names);
        if (value != nullptr && value->is_number()) {
            to.number(key, value->get<double>());
        }
    };
    integer("gen_ai.request.max_tokens", {"max_tokens", "max_completion_tokens", "max_output_tokens",
                                          "maxOutputTokens", "maxTokens", "num_predict"});
    number("gen_ai.request.temperature", {"temperature"});
    number("gen_ai.request.top_p", {"top_p", "topP"});
    number("gen_ai.request.top_k", {"top_k", "topK"});
    number("gen_ai.request.frequency_penalty", {"frequency_penalty", "frequencyPenalty"});
    number("gen_ai.request.presence_penalty", {"presence_penalty", "presencePenalty"});
    integer("gen_ai.request.seed", {"seed"});
    if (const auto* const count = parameter(request, {"n", "candidateCount"});
        count != nullptr && count->is_number_integer() && *count != 1) {
        to.integer("gen_ai.request.choice.count", count->get<std::int64_t>());
    }
    if (const auto* const stop = parameter(request, {"stop_sequences", "stop", "stopSequences"})) {
        std::vector<std::string> all;
        for (const auto& one : stop->is_array() ? *stop : ordered_json::array({*stop})) {
            if (one.is_string()) {
                all.push_back(secrets.text(one.get_ref<const std::string&>(), where));
            }
        }
        to.texts("gen_ai.request.stop_sequences", all);
    }
    for (const auto& [key, name] :
         {std::pair{"gen_ai.request.reasoning.level", "reasoning_effort"},
          std::pair{"gen_ai.request.reasoning.level", "effort"},
          std::pair{"gen_ai.request.previous_response.id", "previous_response_id"}}) {
        if (const auto* const value = parameter(request, {name}); value != nullptr && value->is_string()) {
            to.text(key, secrets.text(value->get_ref<const std::string&>(), where));
        }
    }
}

void add_server(const std::string& upstream, span& to) {
    const auto begin = upstream.find("://");
    if (begin == std::string::npos) {
        return;
    }
    const auto authority = std::string_view{upstream}.substr(begin + 3);
    const std::string host{text::host_of(authority)};
    to.text("server.address", host);
    const auto colon = authority.rfind(':');
    std::int64_t port = upstream.starts_with("https") ? 443 : 80;
    if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
        (void)std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port);
    }
    if (!host.empty()) {
        to.integer("server.port", port);
    }
}

class chat_span_maker {
public:
    chat_span_maker(task& given, std::int64_t seq)
        : given_{given}, row_{*given.from.kept_exchange(seq)}, where_{"exchange " + std::to_string(seq)} {}

    span make(const std::string& conversation, bool& hashes) {
        const auto operation = operation_of(row_);
        span made{operation + (row_.model.empty() ? "" : " " + row_.model), span_kind::client};
        made.span_id = chat_span_id(row_);
        made.start_us = row_.accepted_at_us;
        made.end_us = row_.last_byte_at_us;
        made.text("gen_ai.operation.name", operation);
        made.text("gen_ai.provider.name", conventional_provider(row_.provider));
        made.text("gen_ai.conversation.id", given_.secrets.text(conversation, where_));
        made.text("gen_ai.agent.name", row_.agent_name);
        made.text("gen_ai.request.model", row_.model);
        if (row_.streamed) {
            made.flag("gen_ai.request.stream", true);
        }
        const auto request = recorded_request(given_.from, row_.seq);
        add_parameters(request, given_.secrets, where_, made);
        made.text("gen_ai.response.id", row_.response_id);
        made.text("gen_ai.response.model", row_.response_model);
        if (row_.first_byte_at_us > row_.accepted_at_us && row_.streamed) {
            made.number("gen_ai.response.time_to_first_chunk",
                        static_cast<double>(row_.first_byte_at_us - row_.accepted_at_us) / 1e6);
        }
        add_usage(made);
        add_server(row_.upstream, made);
        add_messages(made);
        add_tools(request, made);
        add_outcome(made);
        made.text("tapes.exchange.id", capture::to_string(row_.id));
        hashes = hashes && given_.secrets.take_least_bits() >= unguessable_bits;
        if (hashes && row_.head != 0) {
            add_hashes(made);
        }
        return made;
    }

private:
    void add_usage(span& to) const {
        const auto tokens = catalogue::tokens_of(row_.used);
        if (!tokens) {
            return;
        }
        to.integer("gen_ai.usage.input_tokens", tokens->context());
        to.integer("gen_ai.usage.output_tokens", tokens->output);
        if (tokens->cache_read != 0) {
            to.integer("gen_ai.usage.cache_read.input_tokens", tokens->cache_read);
        }
        if (tokens->written() != 0) {
            to.integer("gen_ai.usage.cache_write.input_tokens", tokens->written());
        }
        if (tokens->reasoning != 0) {
            to.integer("gen_ai.usage.reasoning.output_tokens", tokens->reasoning);
        }
    }

    /// The newest messages of the history within a bound, and the answers.
    void add_messages(span& to) {
        if (row_.head == 0) {
            return;
        }
        auto nodes = chain_nodes(given_.from, row_.head);
        auto outputs = given_.from.choices_of(row_.seq);
        if (outputs.empty()) {
            outputs.push_back(row_.head);
        }
        const auto last = given_.from.chains.row(row_.head);
        if (!nodes.empty() && last && merkle::is_answer_role(last->role)) {
            nodes.pop_back();
        } else {
            outputs.clear();  // an answer was not wanted
        }
        std::size_t leading = 0;
        auto system = ordered_json::array();
        while (leading < nodes.size()) {
            const auto one = read_node_message(given_.from, nodes[leading]);
            if (!one || !merkle::is_system_role(one->role)) {
                break;
            }
            for (auto& part : parts_of_message(*one)) {
                system.push_back(std::move(part));
            }
            ++leading;
        }
        add_json("gen_ai.system_instructions", system, to);
        std::vector<ordered_json> newest;
        std::size_t bytes = 0;
        auto at = nodes.size();
        for (; at > leading && bytes < most_history_bytes; --at) {
            if (const auto one = read_node_message(given_.from, nodes[at - 1])) {
                newest.push_back({{"role", role_of_message(*one)}, {"parts", parts_of_message(*one)}});
                bytes += newest.back().dump(-1, ' ', false, ordered_json::error_handler_t::replace).size();
            }
        }
        auto input = ordered_json::array();
        for (auto one = newest.rbegin(); one != newest.rend(); ++one) {
            input.push_back(std::move(*one));
        }
        add_json("gen_ai.input.messages", input, to);
        if (at > leading) {
            to.integer("tapes.input.messages.left_out", static_cast<std::int64_t>(at - leading));
        }
        add_answers(outputs, to);
    }

    void add_answers(const std::vector<std::int64_t>& outputs, span& to) {
        auto answers = ordered_json::array();
        std::vector<std::string> reasons;
        for (const auto node : outputs) {
            if (const auto one = read_node_message(given_.from, node)) {
                answers.push_back({{"role", "assistant"}, {"parts", parts_of_message(*one)}});
            }
        }
        // Of the first choice the exchange has its own; a node's is that of the turn that first said it.
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const auto row = i == 0 ? std::nullopt : given_.from.chains.row(outputs[i]);
            const auto& reason = row ? row->stop_reason : row_.stop_reason;
            reasons.push_back(reason == "incomplete" || reason.empty() ? "error" : reason);
        }
        add_json("gen_ai.output.messages", answers, to);
        to.texts("gen_ai.response.finish_reasons", reasons);
    }

    void add_tools(const ordered_json& request, span& to) {
        left_out provider_tools;
        auto made = ordered_json::array();
        for (const auto& one : read_tools(recorded_tools(request), provider_tools)) {
            ordered_json tool{{"type", "function"}, {"name", one.name}};
            if (!one.description.empty()) {
                tool["description"] = one.description;
            }
            if (!one.parameters.is_null()) {
                tool["parameters"] = one.parameters;
            }
            made.push_back(std::move(tool));
        }
        add_json("gen_ai.tool.definitions", made, to);
    }

    void add_json(const char* key, const ordered_json& value, span& to) {
        if (!value.empty()) {
            to.text(key, given_.secrets.json(
                             value.dump(-1, ' ', false, ordered_json::error_handler_t::replace), where_));
        }
    }

    void add_outcome(span& to) const {
        if (row_.dropped != capture::drop_reason::none) {
            const std::string reason{capture::name_of(row_.dropped)};
            to.fail(row_.status >= 400 ? std::to_string(row_.status) : reason, reason);
        } else if (row_.ended != capture::end_reason::complete) {
            const std::string reason{capture::name_of(row_.ended)};
            to.fail(reason, "the answer did not come to its end");
        }
    }

    void add_hashes(span& to) const {
        if (const auto head = given_.from.chains.row(row_.head)) {
            to.text("tapes.node.hash", merkle::to_hex(head->hash));
            if (const auto root = given_.from.chains.row(head->root)) {
                to.text("tapes.root.hash", merkle::to_hex(root->hash));
            }
        }
    }

    task& given_;
    const store::kept_exchange row_;
    const std::string where_;
};

}  // namespace

std::string chat_span_id(const store::kept_exchange& row) {
    return span_id_of("exchange " + capture::to_string(row.id));
}

std::string conventional_provider(const std::string& provider) {
    constexpr std::array<std::pair<const char*, const char*>, 7> names{{{"gemini", "gcp.gemini"},
                                                                        {"google", "gcp.gemini"},
                                                                        {"vertex", "gcp.vertex_ai"},
                                                                        {"azure", "azure.ai.openai"},
                                                                        {"bedrock", "aws.bedrock"},
                                                                        {"mistral", "mistral_ai"},
                                                                        {"xai", "x_ai"}}};
    for (const auto& [ours, theirs] : names) {
        if (provider == ours) {
            return theirs;
        }
    }
    return provider;
}

span chat_span(task& given, std::int64_t seq, const std::string& conversation, bool& hashes) {
    return chat_span_maker{given, seq}.make(conversation, hashes);
}

}  // namespace tapes::exports
