#pragma once

#include <tapes/http/head.hpp>
#include <tapes/record/recorder.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay {

/// Says what happens to the upstream's answer when the client leaves: it is given up, or read to its end.
enum class disconnect_policy { cancel, drain };

/// Limits for every wait for a peer. None limits the whole exchange.
struct deadlines {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds request_head{30'000};
    std::chrono::milliseconds first_byte{600'000};
    std::chrono::milliseconds between_bytes{300'000};  ///< in an answer, and in a request's body
    std::chrono::milliseconds after_end{20};           ///< for what follows the end event of an answer
    std::chrono::milliseconds client_write{60'000};
    std::chrono::milliseconds keep_alive{75'000};
    std::chrono::milliseconds tunnel_idle{
        3'600'000};  ///< after 101, with both directions silent; 0: no limit
};

/// Returns the provider whose API a method and a path speak, "" where they speak none that is known.
/// Thread-safe.
using provider_source = std::function<std::string_view(std::string_view method, std::string_view path)>;

/// Tells whether a request's path names its model.
using model_test = std::function<bool(std::string_view method, std::string_view path)>;

/// The value of `options::provider` with which each request tells whose API it speaks. Then the upstreams
/// that are "" are named by nobody, and nothing is sent to them.
inline constexpr std::string_view auto_provider = "auto";

struct options {
    std::string host = "127.0.0.1";  ///< an IP address or "localhost"; "": every interface
    std::uint16_t port = 8080;       ///< 0: any free one
    std::string upstream = "http://localhost:11434";
    std::string provider = "ollama";
    provider_source provider_of_api;  ///< of turns, for `auto_provider`
    model_test names_model;           ///< empty: no path does
    std::string project;
    std::string openai_upstream = "https://api.openai.com/v1";
    std::string anthropic_upstream = "https://api.anthropic.com";
    std::string gemini_upstream = "https://generativelanguage.googleapis.com";
    std::string ollama_upstream;  ///< "": `upstream`
    std::string openai_auth_upstream = "https://auth.openai.com";
    std::string upstream_ca;  ///< PEM file of further trusted authorities
    std::string tls_cert;     ///< PEM files: TLS on the listener
    std::string tls_key;
    std::vector<std::string> allowed_origins;  ///< of web pages that may use a listener on loopback, besides
                                               ///< those of loopback; "*": all
    std::string client_ca;  ///< PEM file of the authorities of clients' certificates, which are then wanted
    std::map<std::string, std::string> clients;  ///< who may use the relay: names and tokens; empty: all
    unsigned threads = 0;                        ///< 0: one for every two processors
    std::size_t max_connections = 10'000;
    http::head_limits limits;
    deadlines timeouts;
    disconnect_policy on_client_disconnect = disconnect_policy::cancel;
    record::ack_mode ack = record::ack_mode::bounded;
    std::chrono::milliseconds ack_timeout{250};
};

}  // namespace tapes::relay
