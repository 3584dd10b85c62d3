#include "anthropic_messages.hpp"

#include "answers.hpp"
#include "text.hpp"
#include "tool_calls.hpp"

#include <tapes/text/hex.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::mock {
namespace anthropic {
namespace {

std::string dated(const std::string& model) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> models{{
        {"claude-sonnet-4-5", "claude-sonnet-4-5-20250929"},
        {"claude-haiku-4-5", "claude-haiku-4-5-20251001"},
        {"claude-opus-4-1", "claude-opus-4-1-20250805"},
    }};
    for (const auto& [alias, name] : models) {
        if (model == alias) {
            return std::string{name};
        }
    }
    return model;
}

void add_thinking(json& content, const request& from) {
    const std::string thought =
        "The user wants me to answer: " + from.text.substr(0, character_end(from.text, 60));
    content.push_back({{"type", "thinking"},
                       {"thinking", thought},
                       {"signature", "EqQBCgIYAhIM" + text::to_hex(hash_of(thought)) +
                                         text::to_hex(hash_of(from.text)) + "=="}});
}

void add_tool_uses(json& content, std::vector<tool_call> calls) {
    for (auto& call : calls) {
        content.push_back({{"type", "tool_use"},
                           {"id", "toolu_01" + call.id},
                           {"name", call.name},
                           {"input", std::move(call.arguments)},
                           {"caller", {{"type", "direct"}}}});
    }
}

void add_web_search(json& content, const request& from, const std::string& text) {
    const auto id = "srvtoolu_01" + text::to_hex(hash_of(from.text));
    const std::string url = "https://example.com/search";
    content.push_back({{"type", "server_tool_use"},
                       {"id", id},
                       {"name", "web_search"},
                       {"input", {{"query", from.text}}},
                       {"caller", {{"type", "direct"}}}});
    content.push_back({{"type", "web_search_tool_result"},
                       {"tool_use_id", id},
                       {"content", json::array({{{"type", "web_search_result"},
                                                 {"title", "Example"},
                                                 {"url", url},
                                                 {"encrypted_content", text::to_hex(hash_of(id))},
                                                 {"page_age", nullptr}}})},
                       {"caller", {{"type", "direct"}}}});
    content.push_back({{"type", "text"},
                       {"text", text},
                       {"citations", json::array({{{"type", "web_search_result_location"},
                                                   {"cited_text", from.text},
                                                   {"url", url},
                                                   {"title", nullptr},
                                                   {"encrypted_index", text::to_hex(hash_of(url))}}})}});
}

json usage_of(const request& from, std::size_t request_bytes, std::size_t answer_bytes, const shape& wanted) {
    const auto input = request_bytes / 4 + 1;
    const auto cached = wanted.cache_read.value_or(from.cached ? input / 1024 * 1024 : 0);
    const auto written = wanted.cache_written.value_or(0);
    return {{"input_tokens", input - std::min(input, cached + written)},
            {"cache_creation_input_tokens", written},
            {"cache_read_input_tokens", cached},
            {"cache_creation", {{"ephemeral_5m_input_tokens", written}, {"ephemeral_1h_input_tokens", 0}}},
            {"output_tokens", answer_bytes / 4 + 1},
            {"service_tier", "standard"}};
}

plan make_plan(const request& from, std::string_view raw, const shape& wanted, std::uint64_t number) {
    json content = json::array();
    std::string reason = wanted.refusal ? "refusal" : "end_turn";
    const auto text = wanted.refusal ? std::string{"I can't help with that."} : shaped(echo_of(from), wanted);
    if (from.thinking || wanted.thinking) {
        add_thinking(content, from);
    }
    if (auto calls = choose_calls(from, wanted); !calls.empty()) {
        add_tool_uses(content, std::move(calls));
        reason = "tool_use";
    } else if (from.searches_web && !wanted.refusal) {
        add_web_search(content, from, text);
    } else {
        content.push_back({{"type", "text"}, {"text", text}});
    }
    plan out;
    const auto usage = usage_of(from, raw.size(), dump(content).size(), wanted);
    out.message = {{"id", "msg_01" + text::to_hex(number + 1) + text::to_hex(hash_of(raw))},
                   {"type", "message"},
                   {"role", "assistant"},
                   {"model", dated(from.model)},
                   {"content", std::move(content)},
                   {"stop_reason", reason},
                   {"stop_sequence", nullptr}};
    if (wanted.refusal) {
        out.message["stop_details"] = {{"type", "refusal"}, {"category", nullptr}, {"explanation", nullptr}};
    }
    out.message["usage"] = usage;
    out.stream = from.stream;
    out.pieces = static_cast<std::size_t>(std::max(wanted.events, 0));
    return out;
}

answer refused(const std::string& message) {
    answer out;
    out.status = 400;
    out.body = anthropic_error_body(400, message);
    return out;
}

}  // namespace
}  // namespace anthropic

answer anthropic_messages(std::string_view body, const shape& wanted, std::uint64_t number) {
    const auto from = anthropic::read_request(body);
    if (!from.error.empty()) {
        return anthropic::refused(from.error);
    }
    answer out;
    const auto plan = anthropic::make_plan(from, body, wanted, number);
    out.stream = plan.stream;
    if (plan.stream) {
        out.type = answer::event_stream;
        anthropic::append_events(out.body, out.ends, plan);
    } else {
        out.body = dump(plan.message);
    }
    return out;
}

answer anthropic_count_tokens(std::string_view body, const shape&, std::uint64_t) {
    const auto from = json::parse(body, nullptr, false);
    if (!from.is_object() || !from.contains("messages")) {
        return anthropic::refused("messages: Field required");
    }
    answer out;
    out.body = dump({{"input_tokens", body.size() / 4 + 1}});
    return out;
}

std::string anthropic_error_body(int status, std::string_view message) {
    static constexpr std::array<std::pair<int, std::string_view>, 8> types{{{401, "authentication_error"},
                                                                            {402, "billing_error"},
                                                                            {403, "permission_error"},
                                                                            {404, "not_found_error"},
                                                                            {413, "request_too_large"},
                                                                            {429, "rate_limit_error"},
                                                                            {504, "timeout_error"},
                                                                            {529, "overloaded_error"}}};
    std::string_view type = status >= 500 ? "api_error" : "invalid_request_error";
    for (const auto& [code, name] : types) {
        type = code == status ? name : type;
    }
    return dump({{"type", "error"}, {"error", {{"type", type}, {"message", message}}}});
}

}  // namespace tapes::mock
