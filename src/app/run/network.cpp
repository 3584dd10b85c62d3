#include "run/network.hpp"

#include <tapes/config/config.hpp>
#include <tapes/http/url.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

namespace tapes::app::run {

namespace {

constexpr std::array<const char*, 6> proxy_variables{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY",
                                                     "http_proxy",  "ALL_PROXY",   "all_proxy"};
constexpr std::array<const char*, 2> exception_variables{"NO_PROXY", "no_proxy"};

bool is_loopback(const std::string& host) {
    return config::listen_address{host}.loopback();
}

/// Says whether an entry of NO_PROXY is that host, or a domain that it is in (curl(1)).
bool names_host(std::string_view entry, std::string_view host) {
    while (entry.starts_with(' ')) {
        entry.remove_prefix(1);
    }
    while (entry.ends_with(' ')) {
        entry.remove_suffix(1);
    }
    entry = entry.substr(0, entry.find(':'));
    if (entry == "*") {
        return true;
    }
    while (entry.starts_with('*') || entry.starts_with('.')) {
        entry.remove_prefix(1);
    }
    return !entry.empty() && host.ends_with(entry) &&
           (host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.');
}

bool is_exception(const invocation& client, std::string_view host) {
    return std::ranges::any_of(exception_variables, [&](const char* name) {
        const auto list = client.variable(name);
        std::string_view rest{list};
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            if (names_host(rest.substr(0, comma), host)) {
                return true;
            }
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        return false;
    });
}

/// Returns the variable that sends requests for that URL to a proxy, "" where none does.
std::string proxy_for(const invocation& client, const http::url& url) {
    for (std::string name : proxy_variables) {
        const bool other_scheme =
            url.tls ? text::starts_ignoring_case(name, "http_") : text::starts_ignoring_case(name, "https_");
        if (!other_scheme && !client.variable(name).empty()) {
            return name;
        }
    }
    return {};
}

}  // namespace

void check_http_proxies(const invocation& client, const plan& way, const run_request& request) {
    if (!request.upstream.empty()) {
        return;
    }
    for (const auto& [key, upstream] : way.upstreams) {
        const bool named = (upstream.provider == "openai" && !request.openai_upstream.empty()) ||
                           (upstream.provider == "anthropic" && !request.anthropic_upstream.empty()) ||
                           (upstream.provider == "ollama" && !request.ollama_upstream.empty()) ||
                           (upstream.provider == "gemini" && !request.gemini_upstream.empty());
        const auto url = http::read_url(upstream.url);
        const auto variable = proxy_for(client, url);
        if (!named && !variable.empty() && !is_loopback(url.host) && !is_exception(client, url.host)) {
            const auto flag = upstream.provider == "auto" ? std::string{"--upstream"}
                                                          : "--" + upstream.provider + "-upstream";
            throw usage_error{variable + " is set, and tapes connects to " + url.host +
                              " itself, not through a proxy: add it to NO_PROXY where that is right, or name "
                              "it with " +
                              flag + " " + upstream.url};
        }
    }
}

void keep_loopback_direct(const invocation& client, launch& to) {
    const auto set = [&client](const char* name) { return !client.variable(name).empty(); };
    if (std::ranges::none_of(proxy_variables, set)) {
        return;
    }
    for (const auto* const name : exception_variables) {
        const auto list = client.variable(name);
        to.environment[name] = list + (list.empty() ? "" : ",") + "127.0.0.1,localhost";
    }
}

}  // namespace tapes::app::run
