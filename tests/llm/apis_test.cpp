#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

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

TEST_CASE("each API has a name, is found by its path, has every function, and Ollama streams by default") {
    std::vector<std::string_view> names;
    for (const llm::api& known : llm::apis()) {
        INFO(known.name);
        names.push_back(known.name);
        CHECK(llm::find_api(known.method, known.path_suffix) == &known);
        CHECK(known.map_request != nullptr);
        CHECK(known.map_answer != nullptr);
        CHECK(known.make_reducer != nullptr);
        CHECK(known.make_end_watch != nullptr);
        CHECK(known.expected_choices != nullptr);
        CHECK(known.streams_by_default == known.name.starts_with("ollama"));
    }
    CHECK(names == std::vector<std::string_view>{"openai_chat", "openai_responses", "anthropic_messages",
                                                 "ollama_chat", "ollama_generate"});
}

}  // namespace tapes::llm::apis_test
