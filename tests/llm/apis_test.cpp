#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::apis_test {

using namespace tapes;

TEST_CASE("an API is known by method and end of path") {
    const auto name = [](std::string_view method, std::string_view target) {
        const llm::api* known = llm::find_api(method, target);
        return known ? std::string(known->name) : std::string();
    };
    CHECK(name("POST", "/v1/chat/completions") == "openai_chat");
    CHECK(name("POST", "/chat/completions?api-version=1") == "openai_chat");
    for (const auto* target :
         {"/openai/deployments/x/chat/completions?api-version=2024-10-21", "/api/v1/chat/completions",
          "/v1beta/openai/chat/completions", "/openai/v1/chat/completions", "/inference/v1/chat/completions",
          "/v1/projects/p/locations/l/endpoints/openapi/chat/completions"}) {
        INFO(target);
        CHECK(name("POST", target) ==
              "openai_chat");  // Azure, OpenRouter, Gemini, Groq, Fireworks, Vertex AI
    }
    CHECK(name("POST", "/ollama/api/chat") == "ollama_chat");
    CHECK(name("POST", "/v1/responses") == "openai_responses");
    CHECK(name("POST", "/v1/messages?beta=true") == "anthropic_messages");
    CHECK(name("POST", "/v1/threads/t1/messages").empty());
    CHECK(name("POST", "/api/chat") == "ollama_chat");
    CHECK(name("POST", "/api/generate") == "ollama_generate");
    for (const auto* target :
         {"/v1/chat/completions/x", "/v1/embeddings", "/v1/messages/count_tokens", "/v1/messages/batches",
          "/api/chats", "/x?y=/chat/completions", "/mychat/completionsx", "", "/"}) {
        INFO(target);
        CHECK(name("POST", target).empty());
    }
    CHECK(name("GET", "/v1/chat/completions").empty());
}

TEST_CASE("slashes at the end of a path are looked past") {
    for (const auto* const target : {"/v1/messages/", "/v1/messages//?beta=true"}) {
        INFO(target);
        REQUIRE(llm::find_api("POST", target) != nullptr);
        CHECK(llm::find_api("POST", target)->name == "anthropic_messages");
    }
    CHECK(llm::find_api("POST", "///") == nullptr);
    CHECK(llm::find_api("POST", "/v1/messages/ ") == nullptr);
}

struct told_path {
    std::string_view target, api, model, provider;
    std::optional<bool> streamed = {};
};

TEST_CASE("a path names the model, who serves it, and whether the answer is a stream") {
    const auto one = GENERATE(values<told_path>({
        {"/v1/chat/completions", "openai_chat", "", ""},
        {"/openai/v1/chat/completions", "openai_chat", "", ""},
        {"/openai/deployments/prod-4o/chat/completions?api-version=2024-10-21", "openai_chat", "prod-4o",
         "azure"},
        {"/proxy/openai/deployments/a%20b%2Fc/responses/", "openai_responses", "a b/c", "azure"},
        {"/openai/deployments//chat/completions", "openai_chat", "", ""},
        {"/serving-endpoints/claude/invocations", "openai_chat", "claude", "databricks"},
        {"/serving-endpoints/chat/completions", "openai_chat", "", ""},
        {"/serving-endpoints/claude/served-models/x/invocations", "", "", ""},
        {"/endpoints/claude/invocations", "", "", ""},
        {"/v1/messages", "anthropic_messages", "", ""},
        {"/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict",
         "anthropic_messages", "claude-sonnet-4@20250514", "vertex"},
        {"/v1/projects/p/locations/l/publishers/anthropic/models/claude-x%4020250514:streamRawPredict",
         "anthropic_messages", "claude-x@20250514", "vertex", true},
        {"/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict", "", "", ""},
        {"/v1/projects/p/locations/l/publishers/mistralai/models/codestral:rawPredict", "", "", ""},
        {"/v1/publishers/anthropic/models/claude:rawPredict/more", "", "", ""},
        {"/publishers/anthropic/models/:rawPredict", "", "", ""},
        {"/openai/deployments/%FF%00x%/chat/completions", "openai_chat", "\xEF\xBF\xBDx%", "azure"},
    }));
    CAPTURE(one.target);
    const auto* const known = llm::find_api("POST", one.target);
    REQUIRE((known == nullptr ? std::string_view{} : known->name) == one.api);
    if (known != nullptr) {
        const auto path = llm::facts_of(*known, one.target);
        CHECK(path.model == one.model);
        CHECK(path.provider == one.provider);
        CHECK(path.streamed == one.streamed);
    }
}

TEST_CASE("the model in the path is that of a request whose body names none") {
    const auto target = "/openai/deployments/prod/chat/completions";
    const auto& known = *llm::find_api("POST", target);
    const auto model = [&](std::string_view body) {
        llm::request out;
        REQUIRE(llm::map_request(known, llm::facts_of(known, target), body, {}, out) == llm::map_error::none);
        return out.model;
    };
    CHECK(model(R"({"messages":[]})") == "prod");
    CHECK(model(R"({"messages":[],"model":""})") == "prod");
    CHECK(model(R"({"messages":[],"model":"gpt-4o"})") == "gpt-4o");
}

TEST_CASE("a path says whether the answer is a stream, whatever the body says") {
    const auto& known = *llm::find_api("POST", "/v1/messages");
    const auto streamed = [&](std::optional<bool> said, std::string_view body) {
        llm::request out;
        REQUIRE(llm::map_request(known, {.streamed = said}, body, {}, out) == llm::map_error::none);
        return out.streamed;
    };
    CHECK(streamed(true, R"({"messages":[]})"));
    CHECK_FALSE(streamed(false, R"({"messages":[],"stream":true})"));
    CHECK(streamed({}, R"({"messages":[],"stream":true})"));
}

TEST_CASE("a body without the member that its path requires is another API's") {
    const auto& known = *llm::find_api("POST", "/v1/messages");
    const auto error = [&](std::string_view body) {
        llm::request out;
        return llm::map_request(known, {.required_member = "anthropic_version"}, body, {}, out);
    };
    CHECK(error(R"({"messages":[],"anthropic_version":"bedrock-2023-05-31"})") == llm::map_error::none);
    CHECK(error(R"({"messages":[],"x":{"anthropic_version":"y"}})") == llm::map_error::wrong_shape);
}

TEST_CASE("each API has a name, has every function, and Ollama streams by default") {
    std::vector<std::string_view> names;
    for (const llm::api& known : llm::apis()) {
        INFO(known.name);
        names.push_back(known.name);
        REQUIRE(known.matches != nullptr);
        CHECK(known.map_request != nullptr);
        CHECK(known.map_answer != nullptr);
        CHECK(known.make_reducer != nullptr);
        CHECK(known.make_end_watch != nullptr);
        CHECK(known.expected_choices != nullptr);
        CHECK(known.streams_by_default == known.name.starts_with("ollama"));
    }
    CHECK(names == std::vector<std::string_view>{"openai_chat", "openai_responses", "anthropic_messages",
                                                 "ollama_chat", "ollama_generate", "openai_completions",
                                                 "mistral_fim", "bedrock_converse", "gemini"});
}

}  // namespace tapes::llm::apis_test
