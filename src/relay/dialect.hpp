#pragma once

#include <tapes/http/head.hpp>
#include <tapes/relay/options.hpp>

#include <string_view>

namespace tapes::relay {

/// Returns whose API a request speaks: "anthropic", "openai", "ollama" or "gemini", or "" where nothing
/// tells. Its API decides; else the path `/api/…` (Ollama's own); else the fields that the providers' clients
/// send. `path` is that of the API, without base path and query. Thread-safe.
std::string_view dialect_of(const http::request_head& head, std::string_view path,
                            const provider_source& provider_of_api);

}  // namespace tapes::relay
