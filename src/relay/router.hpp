#pragma once

#include "origin.hpp"

#include <tapes/http/head.hpp>
#include <tapes/relay/options.hpp>

#include <string>
#include <string_view>

namespace tapes::relay {

/// The way of a request: its upstream and what it is there.
struct route {
    const origin* upstream = nullptr;  ///< owned by the router
    std::string target;                ///< what is sent upstream: base path, rest and query
    std::string path;                  ///< the API's path: after routing, without base path and query
    std::string agent_name;
    std::string_view provider;  ///< owned by the router
};

/// The header field that names an agent. It is meant for the relay and not forwarded.
inline constexpr std::string_view agent_field = "x-tapes-agent-name";

/// Finds a request's upstream, provider and agent by X-Tapes-Agent-Name and /agents/NAME[/providers/P]/….
/// Immutable after construction, so it may be used by all threads.
class router {
public:
    /// Throws std::invalid_argument when one of the URLs is malformed.
    explicit router(const options& settings);

    /// Fills `out`. False when the target is neither a path, an absolute form nor "*" (RFC 9112 §3.2): that
    /// is answered with 400.
    bool find(const http::request_head& head, route& out) const;

private:
    origin upstream_;
    origin openai_;
    origin anthropic_;
    origin ollama_;
    origin openai_auth_;
    std::string provider_;
};

}  // namespace tapes::relay
