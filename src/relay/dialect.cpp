#include "dialect.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>

namespace tapes::relay {

namespace {

bool has(const http::request_head& head, std::string_view name) {
    return http::find_field(head.fields, name) != nullptr;
}

bool begins(const http::request_head& head, std::string_view name, std::string_view beginning) {
    const auto* const found = http::find_field(head.fields, name);
    return found != nullptr && text::starts_ignoring_case(found->value, beginning);
}

/// Gemini's own paths: its models, files and caches, and other APIs that it speaks too.
bool is_gemini_path(std::string_view path) {
    return path.starts_with("/v1beta/") || path.starts_with("/v1alpha/") || path.starts_with("/v1internal");
}

/// The path of Ollama's own API, and not that of one which is kept below "/api/v1", as OpenRouter's is.
bool is_ollama_path(std::string_view path) {
    return path.starts_with("/api/") && !path.starts_with("/api/v1/");
}

}  // namespace

std::string_view dialect_of(const http::request_head& head, std::string_view path,
                            const provider_source& provider_of_api) {
    // A request on a WebSocket would be a POST elsewhere.
    if (is_gemini_path(path)) {
        return "gemini";
    }
    const auto method = has(head, "upgrade") ? std::string_view{"POST"} : std::string_view{head.method};
    if (provider_of_api) {
        if (const auto found = provider_of_api(method, path); !found.empty()) {
            return found;
        }
    }
    if (is_ollama_path(path)) {
        return "ollama";
    }
    if (has(head, "x-goog-api-key") || has(head, "x-goog-api-client")) {
        return "gemini";
    }
    // Claude Code signed in with a subscription sends a bearer token, and the version.
    if (has(head, "anthropic-version") || has(head, "x-api-key") || has(head, "anthropic-beta")) {
        return "anthropic";
    }
    if (begins(head, "user-agent", "ollama")) {
        return "ollama";  // its clients ask for "/" first, and may send a token
    }
    if (begins(head, "authorization", "bearer ") || has(head, "api-key")) {
        return "openai";
    }
    return {};
}

}  // namespace tapes::relay
