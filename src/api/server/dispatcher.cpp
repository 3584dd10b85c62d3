#include "server/dispatcher.hpp"

#include "routes/json.hpp"

#include <tapes/text/work_meter.hpp>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace tapes::api {

dispatcher::dispatcher(const admin_options& options, const metrics& figures, route_table routes)
    : options_{options}, guard_{options.host, options.token}, routes_{std::move(routes)} {
    routes_.add({"GET", "/healthz",
                 [](const request&) {
                     return response{200, "{\"status\":\"ok\"}\n"};
                 },
                 true, true});
    routes_.add({"GET", "/readyz", [this](const request&) { return readiness(); }, true, true});
    routes_.add({"GET", "/metrics",
                 [&figures](const request&) {
                     return response{200, figures.text(), "text/plain; version=0.0.4; charset=utf-8", {}};
                 },
                 false, true});
}

response dispatcher::readiness() const {
    const auto reasons = options_.not_ready ? options_.not_ready() : std::vector<std::string>{};
    const nlohmann::json body{{"ready", reasons.empty()}, {"reasons", reasons}};
    return {reasons.empty() ? 200U : 503U, json_text(body) + "\n"};
}

/// Returns the route of a request that may use it, else nullptr.
const route* dispatcher::admitted(const request& head) const {
    std::string allowed;
    const auto* route = routes_.find(head.method, head.path, allowed);
    const bool may_ask =
        route != nullptr && guard_.check_origin(head) == 0 && (route->open || guard_.authorized(head));
    return may_ask ? route : nullptr;
}

std::size_t dispatcher::body_limit(const request& head) const {
    const auto* route = admitted(head);
    return route != nullptr ? std::max(options_.max_body_bytes, route->max_body_bytes)
                            : options_.max_body_bytes;
}

bool dispatcher::may_take_long(const request& head) const {
    const auto* route = admitted(head);
    return route != nullptr && !route->at_once;
}

response dispatcher::respond(const request& request) const {
    if (const auto status = guard_.check_origin(request); status != 0) {
        return error_response(
            status, status == 400 ? "one Host field is required" : "this host or origin is not allowed here");
    }
    std::string allowed;
    const auto* route = routes_.find(request.method, request.path, allowed);
    if ((route == nullptr || !route->open) && !guard_.authorized(request)) {
        auto refusal = error_response(401, "a bearer token is required (admin.token)");
        refusal.fields.emplace_back("WWW-Authenticate", "Bearer");
        return refusal;
    }
    if (route == nullptr && allowed.empty()) {
        return error_response(404, "no such path");
    }
    if (route == nullptr) {
        auto refusal = error_response(405, "method not allowed");
        refusal.fields.emplace_back("Allow", allowed);
        return refusal;
    }
    try {
        return route->handle(request);
    } catch (const text::work_stopped&) {
        return error_response(503, "the process is about to end");
    } catch (const std::exception& error) {
        spdlog::error("admin listener: {} {}: {}", request.method, request.path, error.what());
        return error_response(500, "internal error");
    }
}

}  // namespace tapes::api
