#include "routes/browser_routes.hpp"

#include "routes/json.hpp"
#include "server/guard.hpp"

#include <tapes/text/rfc3339.hpp>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

using nlohmann::ordered_json;

/// A code with some room for blanks.
constexpr std::size_t longest_session_body = 256;

std::string moment_text(std::chrono::system_clock::time_point at) {
    std::string text;
    text::append_rfc3339(
        text, std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count());
    return text;
}

response make_code(browser_codes& codes) {
    const auto code = codes.make(browser_codes::clock::now());
    const auto end = moment_text(std::chrono::system_clock::now() + browser_codes::code_lifetime);
    return {201, json_text(ordered_json{{"code", code}, {"expires_at", end}}) + "\n"};
}

/// Returns "" where the body has no code.
std::string code_in(const std::string& body) {
    if (body.size() > longest_session_body) {
        return {};
    }
    const auto all = nlohmann::json::parse(body, nullptr, false);
    const bool has_code = all.is_object() && all.contains("code") && all["code"].is_string();
    return has_code ? all["code"].get<std::string>() : std::string{};
}

response begin_session(const request& asked, const browser_cookie& cookie, browser_codes& codes) {
    if (comes_from_elsewhere(asked)) {
        return error_response(403, "this host or origin is not allowed here");
    }
    const auto code = code_in(asked.body);
    if (code.empty()) {
        return error_response(400, R"(the body must be {"code":"…"})");
    }
    switch (codes.take(code, browser_codes::clock::now())) {
        case browser_codes::outcome::good:
            break;
        case browser_codes::outcome::too_many: {
            auto refused = error_response(429, "too many wrong codes have come: try again in half a minute");
            refused.fields.emplace_back("Retry-After", std::to_string(browser_codes::failure_window.count()));
            return refused;
        }
        default:
            return error_response(
                403, "the code is not good any more: it is good once, for thirty seconds; run tapes open");
    }
    const auto end = browser_cookie::clock::now() + browser_cookie::lifetime;
    response answer{200, json_text(ordered_json{{"expires_at", moment_text(end)}}) + "\n"};
    answer.fields.emplace_back("Set-Cookie",
                               browser_cookie::set_cookie(asked.field("host"), cookie.make(end)));
    return answer;
}

response end_session(const request& asked) {
    if (comes_from_elsewhere(asked)) {
        return error_response(403, "this host or origin is not allowed here");
    }
    response answer{200, "{}\n"};
    answer.fields.emplace_back("Set-Cookie", browser_cookie::set_cookie(asked.field("host"), {}));
    return answer;
}

}  // namespace

void add_browser_routes(route_table& table, const browser_cookie& cookie, browser_codes& codes) {
    route make{"POST", "/v1/browser/codes", [&codes](const request&) { return make_code(codes); }};
    make.token_alone = true;
    make.about = {
        "make_browser_code",
        "Makes a code with which one browser may begin a session, once, within 30 seconds. Needs the "
        "token: a browser's cookie does not do.",
        {},
        {},
        "",
        {{201, "The code.", "browser_code"}},
        {}};
    route begin{"POST", "/v1/browser/session",
                [&cookie, &codes](const request& asked) { return begin_session(asked, cookie, codes); }};
    begin.open = true;
    begin.about = {"begin_browser_session",
                   "Exchanges a code for a cookie by which this browser reads as with the token.",
                   {},
                   {},
                   "browser_code_taken",
                   {{200, "The session has begun: the answer sets the cookie.", "browser_session"}},
                   {400, 429}};
    route end{"DELETE", "/v1/browser/session", end_session};
    end.open = true;
    end.about = {"end_browser_session",
                 "Takes the cookie away from this browser.",
                 {},
                 {},
                 "",
                 {{200, "The browser has no cookie any more.", "nothing"}},
                 {}};
    for (auto* const one : {&make, &begin, &end}) {
        one->at_once = true;
        table.add(std::move(*one));
    }
}

}  // namespace tapes::api
