#pragma once

#include "entrances.hpp"
#include "origin.hpp"

#include <tapes/http/head.hpp>
#include <tapes/relay/options.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::relay {

/// The way of a request: its upstream and what it is there.
struct route {
    const origin* upstream = nullptr;  ///< owned by the router, or by `entrance`; null: nobody has named one
    std::string target;                ///< what is sent upstream: base path, rest and query
    /// The API's path: after routing, without query, and without base path but for what of that names the
    /// model.
    std::string path;
    std::string agent_name;
    std::string_view provider;                      ///< owned like `upstream`
    std::shared_ptr<const open_entrance> entrance;  ///< null where the request came in at none
};

/// The header field that names an agent. It is meant for the relay and not forwarded.
inline constexpr std::string_view agent_field = "x-tapes-agent-name";

/// Finds a request's upstream, provider and agent by X-Tapes-Agent-Name and /agents/NAME[/providers/P]/…, and
/// with `auto_provider` by what the request speaks. A provider goes to the upstream that is named for it,
/// else to that for all. A request below /runs/ID/KEY, where an entrance has that ID, goes to its upstream of
/// that key. Thread-safe.
class router {
public:
    /// Throws std::invalid_argument when one of the URLs is malformed. Only with `auto_provider` may they be
    /// "". `entrances` may be null, and must outlive the router.
    explicit router(const options& settings, const entrance_table* entrances = nullptr);

    /// Fills `out`. False when the target is neither a path, an absolute form nor "*" (RFC 9112 §3.2): that
    /// is answered with 400. True with `upstream` null when nobody has named an upstream for its provider.
    bool find(const http::request_head& head, route& out) const;

private:
    /// A provider that has a path and an upstream of its own.
    struct known_provider {
        std::string_view name;
        std::optional<origin> upstream;
    };

    const known_provider* find_provider(std::string_view name) const noexcept;
    /// Takes "/agents/NAME[/providers/P]" off the front of `rest`. Returns P's, null where none is named.
    const known_provider* take_prefix(std::string_view& rest, std::string& agent) const;
    void choose(const http::request_head& head, const known_provider* named, route& out) const;
    bool enter(const http::request_head& head, std::string_view target, route& out) const;
    void take_model_of_base(const http::request_head& head, route& out) const;
    std::string_view version_between(std::string_view& rest, bool named, const route& out) const;

    const bool auto_;
    const std::string provider_;  ///< of requests that name none, unless `auto_`
    const provider_source provider_of_api_;
    const model_test names_model_;
    const std::optional<origin> upstream_;
    const std::array<known_provider, 4> providers_;
    const std::optional<origin> openai_auth_;
    const entrance_table* const entrances_;
    std::string_view fallback_;  ///< with `auto_`: of requests that do not tell
};

}  // namespace tapes::relay
