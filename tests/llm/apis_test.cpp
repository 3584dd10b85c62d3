#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

#include <string>

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

TEST_CASE("a mapped API has every function, and Ollama streams by default") {
    for (const auto* target :
         {"/chat/completions", "/responses", "/messages", "/api/chat", "/api/generate"}) {
        const llm::api& known = *llm::find_api("POST", target);
        INFO(known.name);
        const bool whole = known.map_request && known.map_answer && known.make_reducer &&
                           known.make_end_watch && known.expected_choices;
        CHECK(known.mapped == whole);
        CHECK(known.streams_by_default == known.name.starts_with("ollama"));
    }
    CHECK(llm::find_api("POST", "/chat/completions")->mapped);
}

}  // namespace tapes::llm::apis_test
