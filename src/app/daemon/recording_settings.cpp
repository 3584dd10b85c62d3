#include "daemon/recording_settings.hpp"

#include <tapes/http/url.hpp>

#include <algorithm>
#include <iterator>

namespace tapes::app {

namespace {

record::settings record_settings(const config::record_settings& settings) {
    record::settings made;
    made.workers = settings.workers;
    made.work_limit = settings.work_limit;
    made.volatile_system = settings.volatile_system;
    switch (settings.wire) {
        case config::wire_mode::turns:
            made.wire = record::wire_policy::turns;
            break;
        case config::wire_mode::all:
            made.wire = record::wire_policy::all;
            break;
        case config::wire_mode::none:
            made.wire = record::wire_policy::none;
            break;
    }
    return made;
}

/// What is redacted of every exchange: what the configuration names, and the upstreams' own credentials.
/// Tokens of clients are taken off before anything is captured; a client may still repeat its own in a body.
http::redaction_settings redaction_settings(const config::settings& settings,
                                            const std::map<std::string, std::string>& tokens) {
    http::redaction_settings made{settings.redaction.headers, settings.redaction.fields, {}};
    const auto& proxy = settings.proxy;
    for (const auto* const url :
         {&proxy.upstream, &proxy.openai_upstream, &proxy.anthropic_upstream, &proxy.gemini_upstream,
          &proxy.ollama_upstream, &proxy.openai_auth_upstream}) {
        if (url->find('@') != std::string::npos) {
            std::ranges::move(http::credentials_of_user_info(http::read_url(*url).user_info),
                              std::back_inserter(made.values));
        }
    }
    for (const auto& [name, token] : tokens) {
        made.values.push_back(token);
    }
    return made;
}

}  // namespace

record::settings recording_settings(const config::settings& settings,
                                    const std::map<std::string, std::string>& tokens) {
    auto made = record_settings(settings.record);
    made.store_path = settings.storage.sqlite_path;
    made.redaction = redaction_settings(settings, tokens);
    return made;
}

}  // namespace tapes::app
