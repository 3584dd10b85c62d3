#include "openai_responses.hpp"

#include "answers.hpp"
#include "tool_calls.hpp"

#include <tapes/text/hex.hpp>

#include <algorithm>
#include <chrono>

namespace tapes::mock {
namespace {

/// A parameter that is wrong, in the words of OpenAI.
struct bad_parameter {
    std::string message;
    std::string name;
    std::string code;
};

bool is_tool_output(const json& item) {
    const auto type = item.value("type", std::string{});
    return type == "function_call_output" || type == "custom_tool_call_output";
}

void read_input(const json& input, question& out) {
    if (input.is_string()) {
        out.text = out.prompt = input.get<std::string>();
        out.is_user = true;
        return;
    }
    if (!input.is_array()) {
        throw bad_parameter{"Invalid type for 'input': expected one of a string or array.", "input",
                            "invalid_type"};
    }
    for (const auto& item : input) {
        if (!item.is_object()) {
            throw bad_parameter{"Invalid type for 'input[0]': expected an object.", "input[0]",
                                "invalid_type"};
        }
    }
    out.answers_tool = !input.empty() && is_tool_output(input.back());
    out.is_user = !input.empty() && !out.answers_tool;
    for (auto item = input.rbegin(); item != input.rend() && out.prompt.empty(); ++item) {
        if (is_tool_output(*item)) {
            ++out.results;
            if (out.answers_tool && out.text.empty()) {
                out.text = text_of(item->value("output", json{}));
            }
        } else if (string_member(*item, "role") == "user") {
            out.prompt = text_of(item->value("content", json{}));
        }
    }
    if (out.text.empty()) {
        out.text = out.prompt;
    }
    if (out.answers_tool && out.prompt.empty()) {  // a request that goes on with previous_response_id
        out.results = task_results(string_member(input.back(), "call_id"));
        out.task_goes_on = out.results > 0;
    }
}

bool goes_on(const json& request) {
    const auto previous = request.value("previous_response_id", json{});
    if (previous.is_null()) {
        return request.contains("conversation") && !request["conversation"].is_null();
    }
    if (!previous.is_string() || !previous.get<std::string>().starts_with("resp")) {
        throw bad_parameter{
            "Invalid 'previous_response_id': " + dump(previous) + ". Expected an ID that begins with 'resp'.",
            "previous_response_id", "invalid_value"};
    }
    return true;
}

/// Those of a namespace are called by their name and its own (as Codex offers the tools of an MCP server).
void read_offered_tools(const json& tools, const std::string& space, question& out) {
    for (const auto& one : tools.is_array() ? tools : json::array()) {
        const auto type = string_member(one, "type");
        const auto name = string_member(one, "name");
        if (type == "function" || type == "custom") {
            out.tools.push_back({space.empty() ? name : space + "__" + name, one.value("parameters", json{}),
                                 type == "custom", space});
        } else if (type == "namespace" && space.empty()) {
            read_offered_tools(one.value("tools", json{}), name, out);
        }
    }
}

question read_question(const json& request) {
    if (!request.is_object()) {
        throw bad_parameter{"We could not parse the JSON body of your request.", "", ""};
    }
    question out;
    const bool more = goes_on(request) || request.contains("prompt");
    if (request.contains("input")) {
        read_input(request["input"], out);
    } else if (!more) {
        throw bad_parameter{"Missing required parameter: 'input'.", "input", "missing_required_parameter"};
    }
    out.model = request.value("model", std::string{"gpt-4o"});
    if (request.value("tool_choice", json{}) != "none") {
        read_offered_tools(request.value("tools", json{}), {}, out);
    }
    return out;
}

json make_calls(const std::vector<tool_call>& calls, const std::string& number) {
    json items = json::array();
    for (const auto& call : calls) {
        const bool freeform = call.arguments.is_string();
        json item{{"id", (freeform ? "ctc_" : "fc_") + number + std::to_string(items.size())},
                  {"type", freeform ? "custom_tool_call" : "function_call"},
                  {"status", "completed"}};
        item[freeform ? "input" : "arguments"] = freeform ? call.arguments : json(dump(call.arguments));
        item["call_id"] = "call_" + call.id;
        item["name"] = call.space.empty() ? call.name : call.name.substr(call.space.size() + 2);
        if (!call.space.empty()) {
            item["namespace"] = call.space;
        }
        items.push_back(std::move(item));
    }
    return items;
}

json make_message(const question& from, const shape& wanted, const std::string& number) {
    const json content =
        wanted.refusal ? json{{"type", "refusal"}, {"refusal", "I'm sorry, but I can't help with that."}}
                       : json{{"type", "output_text"},
                              {"annotations", json::array()},
                              {"logprobs", json::array()},
                              {"text", shaped(echo_of(from), wanted)}};
    return {{"id", "msg_" + number},
            {"type", "message"},
            {"status", "completed"},
            {"content", json::array({content})},
            {"role", "assistant"}};
}

json make_reasoning(const question& from, const json& request, const std::string& number) {
    json item{{"id", "rs_" + number},
              {"type", "reasoning"},
              {"summary", json::array({{{"type", "summary_text"},
                                        {"text", "**Reading the question**\n\nIt has " +
                                                     std::to_string(from.text.size()) + " bytes."}}})}};
    const auto include = request.value("include", json::array());
    if (std::find(include.begin(), include.end(), "reasoning.encrypted_content") != include.end()) {
        item["encrypted_content"] = "gAAAA" + text::to_hex(hash_of(from.text));
    }
    return item;
}

json make_output(const question& from, const json& request, const shape& wanted, const std::string& number) {
    json output = json::array();
    if (request.value("generate", json(true)) == false) {  // it only prepares
        return output;
    }
    if (wanted.thinking) {
        output.push_back(make_reasoning(from, request, number));
    }
    const auto calls = make_calls(choose_calls(from, wanted), number);
    if (calls.empty()) {
        output.push_back(make_message(from, wanted, number));
    }
    output.insert(output.end(), calls.begin(), calls.end());
    return output;
}

json make_usage(std::size_t request_bytes, const json& output, const shape& wanted) {
    const auto input = request_bytes / 4 + 1;
    const auto answered = output.empty() ? std::size_t{0} : dump(output).size() / 4 + 1;
    const auto thought =
        !output.empty() && output[0]["type"] == "reasoning" ? std::size_t{64} : std::size_t{0};
    return {{"input_tokens", input},
            {"input_tokens_details",
             {{"cached_tokens", wanted.cache_read.value_or(input > 1024 ? input / 128 * 128 : 0)},
              {"cache_write_tokens", wanted.cache_written.value_or(0)}}},
            {"output_tokens", answered + thought},
            {"output_tokens_details", {{"reasoning_tokens", thought}}},
            {"total_tokens", input + answered + thought}};
}

/// The value that the request gives, or the default of OpenAI.
json echoed(const json& request, const char* name, json otherwise) {
    if (const auto found = request.find(name); found != request.end()) {
        return *found;
    }
    return otherwise;
}

json make_response(const json& request, json output, json usage, const std::string& number) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    return {{"id", "resp_" + number},
            {"object", "response"},
            {"created_at", now},
            {"status", "completed"},
            {"background", echoed(request, "background", false)},
            {"completed_at", now},
            {"error", nullptr},
            {"incomplete_details", nullptr},
            {"instructions", echoed(request, "instructions", nullptr)},
            {"max_output_tokens", echoed(request, "max_output_tokens", nullptr)},
            {"max_tool_calls", nullptr},
            {"model", model_name(request.value("model", std::string{"gpt-4o"}))},
            {"output", std::move(output)},
            {"parallel_tool_calls", echoed(request, "parallel_tool_calls", true)},
            {"previous_response_id", echoed(request, "previous_response_id", nullptr)},
            {"prompt_cache_key", echoed(request, "prompt_cache_key", nullptr)},
            {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
            {"safety_identifier", nullptr},
            {"service_tier", "default"},
            {"store", echoed(request, "store", true)},
            {"temperature", echoed(request, "temperature", 1.0)},
            {"text", {{"format", {{"type", "text"}}}, {"verbosity", "medium"}}},
            {"tool_choice", echoed(request, "tool_choice", "auto")},
            {"tools", echoed(request, "tools", json::array())},
            {"top_logprobs", 0},
            {"top_p", echoed(request, "top_p", 1.0)},
            {"truncation", "disabled"},
            {"usage", std::move(usage)},
            {"user", nullptr},
            {"metadata", echoed(request, "metadata", json::object())}};
}

/// The response while it is made, or where its making was ended.
json unfinished(json response, const char* status) {
    response["status"] = status;
    response["completed_at"] = nullptr;
    response["output"] = json::array();
    response["usage"] = nullptr;
    return response;
}

kept_answer keep(const json& response, const answer& streamed, bool background) {
    return {response["id"].get<std::string>(),
            dump(unfinished(response, "in_progress")),
            dump(response),
            dump(unfinished(response, "cancelled")),
            streamed.body,
            streamed.ends,
            background};
}

answer refuse(const bad_parameter& error) {
    answer out;
    out.status = 400;
    out.body = dump({{"error",
                      {{"message", error.message},
                       {"type", "invalid_request_error"},
                       {"param", error.name.empty() ? json(nullptr) : json(error.name)},
                       {"code", error.code.empty() ? json(nullptr) : json(error.code)}}}});
    return out;
}

}  // namespace

answer openai_response(std::string_view body, const shape& wanted, std::uint64_t number) {
    try {
        const auto request = json::parse(body);
        const auto question = read_question(request);
        const auto id =
            text::to_hex(number + 1) +
            text::to_hex(hash_of(body.substr(body.size() - std::min<std::size_t>(64, body.size()))));
        auto output = make_output(question, request, wanted, id);
        auto usage = make_usage(body.size(), output, wanted);
        response_plan plan;
        plan.pieces = wanted.events > 0 ? static_cast<std::size_t>(wanted.events) : 0;
        plan.response = make_response(request, std::move(output), std::move(usage), id);
        answer out;
        out.stream = request.value("stream", json(false)) == true;
        out.type = out.stream ? answer::event_stream : answer::json;
        const bool background = request.value("background", json(false)) == true;
        const bool kept = request.value("store", json(true)) != false && (background || wanted.cut);
        if (out.stream || kept) {
            write_response_events(plan, out);
        }
        if (kept) {
            out.kept = keep(plan.response, out, background);
        }
        if (!out.stream) {
            out.ends.clear();
            out.body = dump(background ? unfinished(plan.response, "queued") : plan.response);
        }
        return out;
    } catch (const bad_parameter& error) {
        return refuse(error);
    } catch (const json::exception&) {
        return refuse({"We could not parse the JSON body of your request.", "", ""});
    }
}

answer openai_compaction(std::string_view body, const shape& wanted, std::uint64_t number) {
    auto made = openai_response(body, wanted, number);
    try {
        const auto request = json::parse(body);
        auto response = json::parse(made.body);
        if (made.status != 200 || made.stream) {
            return made;
        }
        json output = json::array();
        const auto input = request.value("input", json::array());
        for (const auto& item : input.is_array() ? input : json::array()) {
            if (item.is_object() && string_member(item, "role") == "user") {
                output.push_back(item);
            }
        }
        output.push_back({{"type", "compaction"},
                          {"id", "cmp_" + text::to_hex(number + 1)},
                          {"encrypted_content", "gAAAA" + text::to_hex(hash_of(body))}});
        made.body = dump({{"id", response["id"]},
                          {"object", "response.compaction"},
                          {"created_at", response["created_at"]},
                          {"output", std::move(output)},
                          {"usage", response["usage"]}});
        return made;
    } catch (const json::exception&) {
        return made;
    }
}

}  // namespace tapes::mock
