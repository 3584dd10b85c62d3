// Completions and fill-in-the-middle, said in the words of Chat Completions.
#include "answers.hpp"
#include "text.hpp"

#include <algorithm>
#include <utility>

namespace tapes::mock {
namespace {

struct chat_question {
    std::string body;  ///< of the request in Chat Completions; "" where this is no request
    bool stream = false;
};

chat_question as_chat_question(std::string_view body) {
    const auto from = json::parse(body, nullptr, false);
    if (!from.is_object() || !from.contains("prompt")) {
        return {};
    }
    const auto& prompt = from["prompt"];
    const bool several = prompt.is_array() && !prompt.empty() && !prompt[0].is_number();
    const auto first = several ? prompt[0] : prompt;
    auto text = first.is_string() ? first.get<std::string>() : dump(first);
    if (const auto suffix = string_member(from, "suffix"); !suffix.empty()) {
        text += " … " + suffix;
    }
    const auto each = from.contains("n") && from["n"].is_number_unsigned() ? from["n"].get<std::size_t>() : 1;
    chat_question made;
    made.stream = from.contains("stream") && from["stream"] == true;
    json question{{"model", string_member(from, "model")},
                  {"n", each * (several ? prompt.size() : 1)},
                  {"stream", made.stream},
                  {"messages", json::array({{{"role", "user"}, {"content", text}}})}};
    if (from.contains("stream_options")) {
        question["stream_options"] = from["stream_options"];
    }
    made.body = dump(question);
    made.body.reserve(made.body.size() + request_padding);
    return made;
}

answer refused_prompt() {
    answer out;
    out.status = 400;
    out.body = error_body(400, "you must provide a prompt parameter");
    return out;
}

/// Makes the object of Completions of one of Chat Completions, an answer or a chunk.
json as_completion(json from) {
    from["object"] = "text_completion";
    for (auto& choice : from["choices"]) {
        const auto& said = choice.contains("message") ? choice["message"] : choice["delta"];
        json made{{"text", string_member(said, "content")},
                  {"index", choice["index"]},
                  {"logprobs", nullptr},
                  {"finish_reason", choice.value("finish_reason", json{})}};
        choice = std::move(made);
    }
    return from;
}

}  // namespace

answer openai_completion(std::string_view body, const shape& wanted, std::uint64_t number) {
    const auto question = as_chat_question(body);
    if (question.body.empty()) {
        return refused_prompt();
    }
    auto said = chat_completion(question.body, wanted, number);
    if (said.status != 200) {
        return said;
    }
    if (!said.stream) {
        said.body = dump(as_completion(json::parse(said.body)));
        return said;
    }
    answer out;
    out.stream = true;
    out.type = said.type;
    for (std::size_t i = 0; i < said.events(); ++i) {
        const auto event = said.event(i);
        const auto chunk = json::parse(event.substr(std::min<std::size_t>(6, event.size())), nullptr, false);
        out.body += chunk.is_object() ? "data: " + dump(as_completion(chunk)) + "\n\n" : std::string{event};
        out.ends.push_back(out.body.size());
    }
    return out;
}

answer mistral_fim(std::string_view body, const shape& wanted, std::uint64_t number) {
    const auto question = as_chat_question(body);
    return question.body.empty() ? refused_prompt() : chat_completion(question.body, wanted, number);
}

}  // namespace tapes::mock
