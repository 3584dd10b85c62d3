#include "routes/caching.hpp"

#include <tapes/api/page_routes.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/page/files.hpp>
#include <tapes/page/views.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/list.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

/// Whatever of the record might get past the page's own care: no script runs that is not the page's, nothing
/// is loaded from or sent to another host, no other page has this one in a frame, and text becomes HTML only
/// through DOMPurify.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types dompurify";

constexpr std::string_view page_permissions =
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()";

void add_page_fields(response& to) {
    to.fields.emplace_back("Content-Security-Policy", page_policy);
    to.fields.emplace_back("Referrer-Policy", "no-referrer");
    to.fields.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    to.fields.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
    to.fields.emplace_back("Permissions-Policy", page_permissions);
}

/// Tells whether a quality value (RFC 9110 §12.4.2) is zero: "0", "0.0", "0.00", "0.000".
bool is_zero(std::string_view quality) {
    return quality.starts_with('0') && quality.find_first_not_of("0.") == std::string_view::npos;
}

bool takes_gzip(const request& asked) {
    bool any = false;
    for (const auto& [name, value] : asked.fields) {
        if (!text::equal_ignoring_case(name, "accept-encoding")) {
            continue;
        }
        std::string_view left{value};
        while (!left.empty()) {
            auto element = text::take_element(left);
            const auto coding = text::take_element(element, ';');
            const auto weight = text::trimmed(element);
            const bool refused = text::starts_ignoring_case(weight, "q=") &&
                                 is_zero(weight.substr(std::string_view{"q="}.size()));
            if (text::equal_ignoring_case(coding, "gzip")) {
                return !refused;
            }
            any = any || (coding == "*" && !refused);
        }
    }
    return any;
}

std::string unpacked(const page::file& of) {
    return of.gzip ? http::decode_all("gzip", of.bytes).bytes : std::string{of.bytes};
}

response answer_with(const page::file& found, const request& asked) {
    const bool packed = found.gzip && takes_gzip(asked);
    const auto tag = "\"" + std::string{found.tag} + (packed ? "-gzip\"" : "\"");
    response answer;
    if (lists_tag(asked.field("if-none-match"), tag)) {
        answer = {304, {}, {}};
    } else {
        answer = {200, packed ? std::string{found.bytes} : unpacked(found), std::string{found.content_type}};
    }
    if (packed && answer.status == 200) {
        answer.fields.emplace_back("Content-Encoding", "gzip");
    }
    answer.fields.emplace_back("Vary", "Accept-Encoding");
    answer.fields.emplace_back("ETag", tag);
    answer.fields.emplace_back("Cache-Control",
                               found.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    add_page_fields(answer);
    return answer;
}

response show_view(const request& asked) {
    return answer_with(page::index_file(), asked);
}

response show_file(const request& asked) {
    const auto* const found = page::find_file(asked.path);
    return found != nullptr ? answer_with(*found, asked) : error_response(404, "the page has no such file");
}

void add_page_route(route_table& table, std::string path, response (*handle)(const request&)) {
    route entry{"GET", std::move(path), handle};
    entry.open = true;
    entry.at_once = true;
    table.add(std::move(entry));
}

}  // namespace

void add_page_routes(route_table& table) {
    add_page_route(table, "/", show_view);
    for (const auto name : page::view_names()) {
        const auto path = "/" + std::string{name};
        add_page_route(table, path, show_view);
        add_page_route(table, path + "/", show_view);
    }
    for (const auto& one : page::files()) {
        if (!one.path.starts_with("/assets/")) {
            add_page_route(table, std::string{one.path}, show_file);
        }
    }
    // Names of an older build are missing ones, and no secrets.
    add_page_route(table, "/assets/", show_file);
}

}  // namespace tapes::api
