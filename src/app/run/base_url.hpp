#pragma once

#include <string>
#include <string_view>

namespace tapes::app::run {

/// Where clients send requests when nothing tells them otherwise.
inline constexpr const char* openai_default = "https://api.openai.com/v1";
inline constexpr const char* anthropic_default = "https://api.anthropic.com";
inline constexpr const char* gemini_default = "https://generativelanguage.googleapis.com";
inline constexpr const char* ollama_default = "http://127.0.0.1:11434";

/// Returns a client's base URL as an upstream: without spaces around it and slashes at its end. Throws
/// usage_error, which names `setting`, where it is none that requests can be sent to. `text` is not shown:
/// there may be a password in it.
std::string base_url(std::string_view text, std::string_view setting);

/// Returns the URL that Ollama's clients make of OLLAMA_HOST, which may lack scheme, host or port; of "" the
/// default.
std::string ollama_url(std::string_view text, std::string_view setting);

}  // namespace tapes::app::run
