#include <tapes/llm/api.hpp>
#include <tapes/record/intake.hpp>
#include <tapes/text/json_view.hpp>
#include <tapes/text/percent.hpp>

#include <algorithm>
#include <array>

namespace tapes::record {

namespace {

/// Where the APIs of a provider take a request that has this member. The model stands in the place of `*`.
struct request_shape {
    std::string_view provider, api, member, path;
    std::string_view streamed = {};  ///< for an answer of events; "": the same
};

// In the order in which they are looked for. Those of whom several speak an API are known by their documents
// (docs/mapping.md, "What the path says"); where a path of theirs may name the model or not, it does not.
constexpr std::array request_shapes{
    request_shape{"openai", "openai_chat", "messages", "/v1/chat/completions"},
    request_shape{"openai", "openai_responses", "input", "/v1/responses"},
    request_shape{"openai", "openai_completions", "prompt", "/v1/completions"},
    request_shape{"anthropic", "anthropic_messages", "messages", "/v1/messages"},
    request_shape{"ollama", "ollama_chat", "messages", "/api/chat"},
    request_shape{"ollama", "ollama_generate", "prompt", "/api/generate"},
    request_shape{"gemini", "gemini", "contents", "/v1beta/models/*:generateContent",
                  "/v1beta/models/*:streamGenerateContent"},
    request_shape{"bedrock", "anthropic_messages", "anthropic_version", "/model/*/invoke",
                  "/model/*/invoke-with-response-stream"},
    request_shape{"bedrock", "bedrock_converse", "messages", "/model/*/converse", "/model/*/converse-stream"},
    request_shape{"vertex", "anthropic_messages", "anthropic_version",
                  "/v1/publishers/anthropic/models/*:rawPredict",
                  "/v1/publishers/anthropic/models/*:streamRawPredict"},
    request_shape{"vertex", "gemini", "contents", "/v1/publishers/google/models/*:generateContent",
                  "/v1/publishers/google/models/*:streamGenerateContent"},
    request_shape{"mistral", "openai_chat", "messages", "/v1/chat/completions"},
    request_shape{"mistral", "mistral_fim", "prompt", "/v1/fim/completions"},
    request_shape{"azure", "openai_chat", "messages", "/openai/v1/chat/completions"},
    request_shape{"azure", "openai_responses", "input", "/openai/v1/responses"},
    request_shape{"azure", "openai_completions", "prompt", "/openai/v1/completions"},
    request_shape{"databricks", "openai_chat", "messages", "/serving-endpoints/chat/completions"},
    request_shape{"groq", "openai_chat", "messages", "/openai/v1/chat/completions"},
    request_shape{"groq", "openai_responses", "input", "/openai/v1/responses"},
    request_shape{"openrouter", "openai_chat", "messages", "/api/v1/chat/completions"},
    request_shape{"openrouter", "openai_responses", "input", "/api/v1/responses"},
    request_shape{"xai", "openai_chat", "messages", "/v1/chat/completions"},
    request_shape{"xai", "openai_responses", "input", "/v1/responses"},
};

bool is_meant(const request_shape& one, std::string_view provider, const path_hints& more,
              text::json_view body) {
    return one.provider == provider && (more.api.empty() ? bool{body[one.member]} : more.api == one.api);
}

/// The model, as the path of the API names it.
std::string model_named(const path_hints& more, text::json_view body) {
    auto name = more.model;
    for (const auto value : {body["model"], text::json_view{more.response}["modelVersion"]}) {
        name = name.empty() ? value.text() : name;
    }
    constexpr std::string_view resource = "models/";  // as Gemini's SDKs write it
    return name.starts_with(resource) ? name.substr(resource.size()) : name;
}

template <class Member>
std::string names_by(Member member) {
    std::vector<std::string_view> names;
    for (const auto& one : request_shapes) {
        if (std::ranges::find(names, one.*member) == names.end()) {
            names.push_back(one.*member);
        }
    }
    std::ranges::sort(names);
    std::string all;
    for (const auto name : names) {
        all.append(all.empty() ? "" : " ").append(name);
    }
    return all;
}

}  // namespace

std::string usual_path(std::string_view provider, std::string_view request, const path_hints& more) {
    const text::json_view body{request};
    const auto* const found = std::ranges::find_if(
        request_shapes, [&](const auto& one) { return is_meant(one, provider, more, body); });
    if (found == request_shapes.end()) {
        return {};
    }
    std::string path{more.events && !found->streamed.empty() ? found->streamed : found->path};
    if (const auto mark = path.find('*'); mark != std::string::npos) {
        const auto model = model_named(more, body);
        path = model.empty() ? std::string{} : path.replace(mark, 1, text::percent_encoded(model));
    }
    return path;
}

std::string providers_brought() {
    return names_by(&request_shape::provider);
}

std::string apis_brought() {
    return names_by(&request_shape::api);
}

bool names_model_in_path(std::string_view provider, std::string_view request, std::string_view api) {
    return usual_path(provider, request, {std::string{api}, {}, {}, false}).empty() &&
           !usual_path(provider, request, {std::string{api}, "x", {}, false}).empty();
}

}  // namespace tapes::record
