#include "server/dispatcher.hpp"

#include "openapi/document.hpp"
#include "routes/browser_routes.hpp"
#include "routes/json.hpp"
#include "routes/refusal.hpp"

#include <tapes/api/record.hpp>
#include <tapes/text/work_meter.hpp>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

response ending() {
    return error_response(503, "the process is about to end");
}

response failed(const request& asked, const std::exception& error) {
    spdlog::error("admin listener: {} {}: {}", asked.method, asked.path, error.what());
    return error_response(500, "internal error");
}

stream_response read_with(const route& found, const request& asked, record& from) {
    if (!found.follow) {
        return {found.read(asked, from), nullptr};
    }
    auto begun = found.follow(asked, from);
    if (asked.method == "HEAD") {
        begun.body.reset();
    }
    return begun;
}

}  // namespace

dispatcher::dispatcher(const admin_options& options, const metrics& figures, route_table routes)
    : options_{options},
      cookie_{options.token},
      guard_{options.host, options.token, options.token_is_made, cookie_},
      routes_{std::move(routes)} {
    route health{"GET", "/healthz", [](const request&) { return response{200, "{\"status\":\"ok\"}\n"}; }};
    health.about = {
        "read_health", "Answers while the process runs.", {}, {}, "", {{200, "It runs.", "health"}}, {}};
    route ready{"GET", "/readyz", [this](const request&) { return readiness(); }};
    ready.about = {"read_readiness",
                   "Tells whether the process is ready, and why it is not.",
                   {},
                   {},
                   "",
                   {{200, "It is ready.", "readiness"}, {503, "It is not.", "readiness"}},
                   {}};
    route read_figures{
        "GET", "/metrics", [&figures](const request&) {
            return response{200, figures.text(), "text/plain; version=0.0.4; charset=utf-8", {}};
        }};
    read_figures.about = {"read_metrics",
                          "Tells figures in Prometheus' text format.",
                          {},
                          {},
                          "",
                          {{200, "The figures.", "", "text/plain; version=0.0.4; charset=utf-8"}},
                          {}};
    route document{"GET", "/openapi.json", [this](const request&) { return response{200, document_}; }};
    document.about = {
        "read_document", "Returns this document.", {}, {}, "", {{200, "The document.", ""}}, {}};
    for (auto* const one : {&health, &ready, &read_figures, &document}) {
        one->at_once = true;
        one->open = one == &health || one == &ready || (one == &read_figures && options.token_is_made);
        routes_.add(std::move(*one));
    }
    add_browser_routes(routes_, cookie_, codes_);
    document_ = openapi_document(routes_.routes());
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
    const bool may_ask = route != nullptr && guard_.check_origin(head) == 0 &&
                         (route->open || guard_.authorized(head, route->token_alone));
    return may_ask ? route : nullptr;
}

std::size_t dispatcher::body_limit(const request& head) const {
    const auto* route = admitted(head);
    return route != nullptr ? std::max(options_.max_body_bytes, route->max_body_bytes)
                            : options_.max_body_bytes;
}

dispatcher::place dispatcher::place_of(const request& head) const {
    const auto* route = admitted(head);
    if (route == nullptr || route->at_once) {
        return place::here;
    }
    if (!route->read && !route->follow) {
        return place::handlers;
    }
    return route->brief ? place::readers_briefly : place::readers;
}

/// Returns nullptr where the request is refused.
const route* dispatcher::find(request& asked, response& refused) const {
    if (const auto status = guard_.check_origin(asked); status != 0) {
        refused = error_response(
            status, status == 400 ? "one Host field is required" : "this host or origin is not allowed here");
        return nullptr;
    }
    std::string allowed;
    const auto* route = routes_.find(asked.method, asked.path, allowed, &asked.path_values);
    const bool token_alone = route != nullptr && route->token_alone;
    if ((route == nullptr || !route->open) && !guard_.authorized(asked, token_alone)) {
        refused = error_response(
            401, options_.token_is_made
                     ? "a bearer token is required: it stands in the file <store>.token beside the store"
                     : "a bearer token is required (admin.token)");
        refused.fields.emplace_back("WWW-Authenticate", "Bearer");
        return nullptr;
    }
    if (route == nullptr && allowed.empty()) {
        refused = error_response(404, "no such path");
    } else if (route == nullptr) {
        refused = error_response(405, "method not allowed");
        refused.fields.emplace_back("Allow", allowed);
    }
    return route;
}

response dispatcher::respond(request&& asked) const {
    response refused;
    const auto* route = find(asked, refused);
    if (route == nullptr) {
        return refused;
    }
    try {
        return route->handle(asked);
    } catch (const text::work_stopped&) {
        return ending();
    } catch (const std::exception& error) {
        return failed(asked, error);
    }
}

stream_response dispatcher::respond(request&& asked, record& from) const {
    stream_response answer;
    const auto* route = find(asked, answer.head);
    if (route == nullptr) {
        return answer;
    }
    from.begin();
    try {
        return read_with(*route, asked, from);
    } catch (const text::work_stopped&) {
        return {ending(), nullptr};
    } catch (const refusal& refused) {
        return {refused.answer(), nullptr};
    } catch (const std::invalid_argument& wrong) {
        return {error_response(400, wrong.what()), nullptr};
    } catch (const std::runtime_error& error) {
        from.close();  // its files may not be what they were
        return {error_response(503, error.what()), nullptr};
    } catch (const std::exception& error) {
        from.close();
        return {failed(asked, error), nullptr};
    }
}

}  // namespace tapes::api
