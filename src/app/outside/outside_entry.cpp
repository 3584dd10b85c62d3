#include "outside/outside_entry.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>

namespace tapes::app {

namespace {

/// A URL may hold anything in a file; what a target cannot hold is percent-encoded by whoever sends it.
bool is_target(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7f;
    });
}

}  // namespace

bool set_url(record::outside_exchange& to, const std::string& url) {
    const bool tls = text::starts_ignoring_case(url, "https://");
    if ((!tls && !text::starts_ignoring_case(url, "http://")) || !is_target(url)) {
        return false;
    }
    const auto begin = url.find("//") + 2;
    const auto end = std::min(url.find_first_of("/?#", begin), url.size());
    auto authority = url.substr(begin, end - begin);
    if (const auto user = authority.rfind('@'); user != std::string::npos) {
        authority.erase(0, user + 1);
    }
    to.upstream = (tls ? "https://" : "http://") + authority;
    auto rest = url.substr(end);
    rest.resize(std::min(rest.find('#'), rest.size()));
    if (rest.empty() || rest.front() != '/') {
        rest.insert(0, 1, '/');
    }
    to.path = rest.substr(0, rest.find('?'));
    to.target = std::move(rest);
    return !authority.empty();
}

std::string set_provider(record::outside_exchange& to, const outside_defaults& defaults) {
    const auto* const api = llm::find_api(to.method, to.path);
    if (api == nullptr) {
        return "no turn of a known API";
    }
    if (to.provider.empty()) {
        to.provider = defaults.provider.empty() ? std::string{api->provider} : defaults.provider;
    }
    if (to.agent_name.empty()) {
        to.agent_name = defaults.agent_name;
    }
    if (to.project.empty()) {
        to.project = defaults.project;
    }
    return {};
}

}  // namespace tapes::app
