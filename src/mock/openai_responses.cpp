#include "openai_responses.hpp"

#include "answers.hpp"

#include <algorithm>
#include <chrono>

namespace tapes::mock {
namespace {

/// What an answer depends on of a Responses request.
struct question {
    std::string said;  ///< the text of the last item that has one: the user's, or a tool's result
    bool answers_tool = false;
    json functions = json::array();
};

/// A parameter that is not as it must be, told as OpenAI tells it.
struct bad_parameter {
    std::string message;
    std::string name;
    std::string code;
};

std::string text_of(const json& content) {
    if (content.is_string()) {
        return content.get<std::string>();
    }
    std::string out;
    for (const auto& part : content.is_array() ? content : json::array()) {
        if (part.is_object() && part.contains("text") && part["text"].is_string()) {
            out += part["text"].get<std::string>();
        }
    }
    return out;
}

bool is_tool_output(const json& item) {
    const auto type = item.value("type", std::string{});
    return type == "function_call_output" || type == "custom_tool_call_output";
}

void read_input(const json& input, question& out) {
    if (input.is_string()) {
        out.said = input.get<std::string>();
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
    for (auto item = input.rbegin(); item != input.rend() && out.said.empty(); ++item) {
        if (is_tool_output(*item) && out.answers_tool) {
            out.said = text_of(item->value("output", json{}));
        } else if (item->value("role", std::string{}) == "user") {
            out.said = text_of(item->value("content", json{}));
        }
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
    const auto choice = request.value("tool_choice", json{});
    for (const auto& tool : request.value("tools", json::array())) {
        if (choice != "none" && tool.is_object() && tool.value("type", std::string{}) == "function") {
            out.functions.push_back(tool);
        }
    }
    return out;
}

json make_calls(const question& from, int count, const std::string& number) {
    json calls = json::array();
    for (int i = 0; i < count; ++i) {
        const auto& tool = from.functions[static_cast<std::size_t>(i) % from.functions.size()];
        const auto name = tool.value("name", std::string{"tool"});
        calls.push_back({{"id", "fc_" + number + std::to_string(i)},
                         {"type", "function_call"},
                         {"status", "completed"},
                         {"arguments", dump(arguments_for(tool.value("parameters", json{}), from.said, i))},
                         {"call_id", "call_" + hex(hash_of(from.said + name + std::to_string(i)))},
                         {"name", name}});
    }
    return calls;
}

json make_message(const question& from, const shape& wanted, const std::string& number) {
    std::string text = from.answers_tool ? "The tool said: " : "You said: ";
    if (from.said.size() > 200) {
        text.append(from.said, 0, character_end(from.said, 200))
            .append("… #")
            .append(hex(hash_of(from.said)));
    } else {
        text += from.said;
    }
    const json said = wanted.refusal
                          ? json{{"type", "refusal"}, {"refusal", "I'm sorry, but I can't help with that."}}
                          : json{{"type", "output_text"},
                                 {"annotations", json::array()},
                                 {"logprobs", json::array()},
                                 {"text", shaped(text, wanted)}};
    return {{"id", "msg_" + number},
            {"type", "message"},
            {"status", "completed"},
            {"content", json::array({said})},
            {"role", "assistant"}};
}

json make_reasoning(const question& from, const json& request, const std::string& number) {
    json item{{"id", "rs_" + number},
              {"type", "reasoning"},
              {"summary", json::array({{{"type", "summary_text"},
                                        {"text", "**Reading the question**\n\nIt has " +
                                                     std::to_string(from.said.size()) + " bytes."}}})}};
    const auto include = request.value("include", json::array());
    if (std::find(include.begin(), include.end(), "reasoning.encrypted_content") != include.end()) {
        item["encrypted_content"] = "gAAAA" + hex(hash_of(from.said));
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
    if (!from.functions.empty() && !from.answers_tool && !wanted.refusal) {
        for (auto& call : make_calls(from, std::max(1, wanted.tool_calls), number)) {
            output.push_back(std::move(call));
        }
    } else {
        output.push_back(make_message(from, wanted, number));
    }
    return output;
}

json make_usage(std::size_t asked, const json& output) {
    const auto input = asked / 4 + 1;
    const auto answered = output.empty() ? std::size_t{0} : dump(output).size() / 4 + 1;
    const auto thought =
        !output.empty() && output[0]["type"] == "reasoning" ? std::size_t{64} : std::size_t{0};
    return {{"input_tokens", input},
            {"input_tokens_details",
             {{"cached_tokens", input > 1024 ? input / 128 * 128 : 0}, {"cache_write_tokens", 0}}},
            {"output_tokens", answered + thought},
            {"output_tokens_details", {{"reasoning_tokens", thought}}},
            {"total_tokens", input + answered + thought}};
}

/// What the request says, or the default that OpenAI answers with.
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
            {"background", false},
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
        const auto asked = read_question(request);
        const auto id =
            hex(number + 1) + hex(hash_of(body.substr(body.size() - std::min<std::size_t>(64, body.size()))));
        auto output = make_output(asked, request, wanted, id);
        auto usage = make_usage(body.size(), output);
        response_plan responses_plan;
        responses_plan.pieces = wanted.events > 0 ? static_cast<std::size_t>(wanted.events) : 0;
        responses_plan.response = make_response(request, std::move(output), std::move(usage), id);
        answer out;
        out.stream = request.value("stream", json(false)) == true;
        out.type = out.stream ? answer::event_stream : answer::json;
        if (out.stream) {
            write_response_events(responses_plan, out);
        } else {
            out.body = dump(responses_plan.response);
        }
        return out;
    } catch (const bad_parameter& error) {
        return refuse(error);
    } catch (const json::exception&) {
        return refuse({"We could not parse the JSON body of your request.", "", ""});
    }
}

}  // namespace tapes::mock
