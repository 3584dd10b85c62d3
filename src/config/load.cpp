#include "file.hpp"
#include "publisher_tables.hpp"
#include "rules.hpp"
#include "toml_tables.hpp"
#include "toml_text.hpp"
#include "values.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/config/load.hpp>
#include <tapes/text/ascii.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

extern "C" char** environ;

namespace tapes::config {

namespace {

namespace fs = std::filesystem;

struct origin {
    source from = source::fallback;
    std::string text = "default";
};

/// The configuration as it gathers layer by layer.
class gathering {
public:
    explicit gathering(loaded& result) : result_{result} {}

    /// Takes one value; `where` is what an error names.
    void take(const std::string& key, const raw& value, source from, const std::string& where) {
        try {
            if (const auto property = property_of(key); !property.empty()) {
                result_.values.publisher.kafka.properties[property] = text_of(value);
            } else if (const auto client = client_of(key); !client.empty()) {
                as_clients::add(result_.values.proxy.clients, client, text_of(value));
                origins_[std::string{clients_key}] = {from, where};
            } else if (const auto* known = find_rule(key)) {
                known->read(result_.values, value);
            } else {
                unknown(key, from, where);
                return;
            }
            origins_[key] = {from, where};
        } catch (const reference_text& wrong) {
            const auto place = from == source::flag ? "" : " (" + key + ", " + where + ")";
            throw error{wrong.what() + place, from};
        } catch (const bad_value& wrong) {
            throw error{key + " = \"" + masked(key, shown(value)) + "\" (" + where + "): " + wrong.what(),
                        from};
        }
    }

    const origin& origin_of(const std::string& key) const {
        static const origin none;
        const auto found = origins_.find(key);
        return found == origins_.end() ? none : found->second;
    }

    std::string obsolete;  ///< reference keys that were met

private:
    static std::string shown(const raw& value) {
        std::string text = value.text;
        for (const auto& item : value.items) {
            text += (text.empty() ? "" : ", ") + item;
        }
        return text.size() > 200 ? text.substr(0, 200) + "…" : text;
    }

    void unknown(const std::string& key, source from, const std::string& where) {
        if (is_obsolete(key)) {
            obsolete += (obsolete.empty() ? "" : ", ") + key;
            return;
        }
        const auto meant = nearest_key(key);
        throw error{where + ": unknown key " + key + (meant.empty() ? "" : "; did you mean " + meant + "?"),
                    from};
    }

    loaded& result_;
    std::map<std::string, origin> origins_;
};

/// A file in which both forms stand is no TOML: say so in words that help.
std::string both_forms(const std::string& text) {
    const bool one = text.find("\n[publisher") != std::string::npos || text.starts_with("[publisher");
    const bool many = text.find("[[publisher]]") != std::string::npos;
    return one && many ? "; it may have [publisher] or several [[publisher]], not both" : "";
}

void take_file(gathering& all, publisher_tables& tables, std::vector<price_settings>& prices,
               const std::string& path) {
    std::vector<toml_leaf> leaves;
    std::string text;
    try {
        text = read_config_file(path);
        leaves = toml_leaves(text);
        for (auto& table : toml_tables(text, "prices")) {
            prices.push_back({std::move(table.toml), path + ":" + std::to_string(table.line)});
        }
    } catch (const error&) {
        throw;
    } catch (const std::runtime_error& wrong) {
        throw error{path + ": " + wrong.what() + both_forms(text), source::file};
    }
    for (const auto& leaf : leaves) {
        if (publisher_tables::holds(leaf.path)) {
            tables.take(leaf, path + ":" + std::to_string(leaf.line));
            continue;
        }
        all.take(leaf.path, leaf.value, source::file, path + ":" + std::to_string(leaf.line));
    }
}

/// The key that a TAPES_ variable means, "" where none.
std::string key_of_variable(const std::string& name) {
    static const auto prefix = environment_name(properties_key) + "_";
    if (name.size() > prefix.size() && name.starts_with(prefix)) {
        // Librdkafka's names hold dots and no underscores.
        std::string property;
        for (const char c : name.substr(prefix.size())) {
            property += c == '_' ? '.' : text::to_lower(c);
        }
        return std::string{properties_key} + "." + property;
    }
    for (const auto& key : keys()) {
        if (key.environment == name) {
            return key.name;
        }
    }
    return {};
}

/// True for the environment's form of a reference key that means nothing here.
bool obsolete_variable(const std::string& name) {
    std::string key = name.substr(6);
    for (auto& c : key) {
        c = text::to_lower(c);
    }
    if (key.starts_with("vector_store_")) {
        return true;
    }
    if (const auto underscore = key.find('_'); underscore != std::string::npos) {
        key[underscore] = '.';
    }
    return is_obsolete(key);
}

void take_environment(gathering& all, loaded& result, const std::map<std::string, std::string>& environment) {
    for (const auto& [name, value] : environment) {
        // What is no key: where the file is, and through what a person reads.
        const bool other = name == "TAPES_CONFIG_DIR" || name == "TAPES_PAGER";
        if (!name.starts_with("TAPES_") || other || value.empty()) {
            continue;
        }
        const auto key = key_of_variable(name);
        if (!key.empty()) {
            all.take(key, raw{value, {}, false}, source::environment, name);
        } else if (obsolete_variable(name)) {
            all.obsolete += (all.obsolete.empty() ? "" : ", ") + name;
        } else {
            std::vector<std::string> names{"TAPES_CONFIG_DIR"};
            for (const auto& known : keys()) {
                names.push_back(known.environment);
            }
            const auto meant = nearest(name, names);
            result.warnings.push_back("unknown variable " + name + " is ignored" +
                                      (meant.empty() ? "" : "; did you mean " + meant + "?"));
        }
    }
}

/// The source that an error about several keys is blamed on: the strongest one of them.
source strongest(const gathering& all, std::initializer_list<const char*> names) {
    auto most = source::fallback;
    for (const auto* name : names) {
        most = std::max(most, all.origin_of(name).from);
    }
    return most;
}

void resolve_publisher(const gathering& all, publisher_settings& publisher) {
    const auto blame = strongest(all, {"publisher.type", "publisher.kafka.brokers", "publisher.kafka.topic"});
    const bool brokers = !publisher.kafka.brokers.empty();
    const bool topic = !publisher.kafka.topic.empty();
    // The reference's texts, which scripts may know.
    if (publisher.type == publisher_type::kafka) {
        if (!brokers) {
            throw error{"kafka brokers are required when --publisher=kafka", blame};
        }
        if (!topic) {
            throw error{"kafka topic is required when --publisher=kafka", blame};
        }
    } else if (publisher.type == publisher_type::none) {
        if (topic && !brokers) {
            throw error{"kafka brokers are required when kafka topic is set", blame};
        }
        if (brokers && !topic) {
            throw error{"kafka topic is required when kafka brokers are set", blame};
        }
        publisher.type = brokers ? publisher_type::kafka : publisher_type::none;
    }
}

void expand_home(std::string& path, const std::string& home) {
    if (path.starts_with("~/") && !home.empty()) {
        path = home + path.substr(1);
    }
}

void check_policies(const gathering& all, const dead_letter_settings& letters) {
    std::vector<std::string> known{"aggressive", "cautious", "immediate", "default", "manual"};
    for (const auto& [name, figures] : letters.policies) {
        known.push_back(name);
    }
    const auto check = [&](const std::string& key, const std::string& policy) {
        if (std::find(known.begin(), known.end(), policy) != known.end()) {
            return;
        }
        const auto& where = all.origin_of(key);
        const auto meant = nearest(policy, known);
        throw error{
            key + " (" + where.text + "): there is no retry policy \"" + policy + "\"" +
                (meant.empty() ? "; give it in dead_letters.policies" : "; did you mean " + meant + "?"),
            where.from};
    };
    check("dead_letters.retry", letters.retry);
    for (const auto& [name, policy] : letters.retry_by_event_type) {
        check("dead_letters.retry_by_event_type", policy);
    }
    for (const auto& [name, policy] : letters.retry_by_topic) {
        check("dead_letters.retry_by_topic", policy);
    }
}

/// A blank password, say, is none.
void check_properties(const gathering& all, const publisher_settings& publisher) {
    for (const auto& [name, value] : publisher.kafka.properties) {
        if (is_blank(value)) {
            const auto key = std::string{properties_key} + "." + name;
            throw error{key + " (" + all.origin_of(key).text + ") is blank; leave it out, or give it a value",
                        all.origin_of(key).from};
        }
    }
}

/// With `auto` a request goes where somebody said, and not to a default.
void drop_unnamed_upstreams(const gathering& all, proxy_settings& proxy) {
    if (proxy.provider != "auto") {
        return;
    }
    const std::pair<const char*, std::string*> upstreams[] = {
        {"proxy.upstream", &proxy.upstream},
        {"proxy.openai_upstream", &proxy.openai_upstream},
        {"proxy.anthropic_upstream", &proxy.anthropic_upstream},
        {"proxy.gemini_upstream", &proxy.gemini_upstream},
        {"proxy.openai_auth_upstream", &proxy.openai_auth_upstream},
    };
    for (const auto& [key, upstream] : upstreams) {
        if (all.origin_of(key).from == source::fallback) {
            upstream->clear();
        }
    }
}

/// What one key alone cannot tell.
void check_whole(const gathering& all, settings& values, const inputs& from) {
    resolve_publisher(all, values.publisher);
    drop_unnamed_upstreams(all, values.proxy);
    check_policies(all, values.dead_letters);
    check_properties(all, values.publisher);
    for (const auto& publisher : values.publishers) {
        check_properties(all, publisher);
    }
    if (values.proxy.tls_cert.empty() != values.proxy.tls_key.empty()) {
        throw error{std::string{"proxy.tls_cert and proxy.tls_key belong together; "} +
                        (values.proxy.tls_key.empty() ? "proxy.tls_key" : "proxy.tls_cert") + " is missing",
                    strongest(all, {"proxy.tls_cert", "proxy.tls_key"})};
    }
    if (!values.proxy.client_ca.empty() && values.proxy.tls_cert.empty()) {
        throw error{
            "proxy.client_ca wants clients' certificates, which need TLS: set proxy.tls_cert and "
            "proxy.tls_key",
            strongest(all, {"proxy.client_ca"})};
    }
    const auto& admin = values.admin;
    if (admin.listen.configured && !admin.listen.loopback() && admin.token.empty()) {
        throw error{
            "admin.listen = \"" + admin.listen.text() + "\" (" + all.origin_of("admin.listen").text +
                "): other machines could reach it, so admin.token must be set; or listen on 127.0.0.1",
            strongest(all, {"admin.listen", "admin.token"})};
    }
    if (values.proxy.project.empty()) {
        values.proxy.project = project_of(from.working_directory);
    }
    if (values.storage.sqlite_path.empty()) {
        values.storage.sqlite_path = (fs::path{values.config_dir} / "tapes.sqlite").string();
    }
    for (auto* path : {&values.storage.sqlite_path, &values.proxy.tls_cert, &values.proxy.tls_key,
                       &values.proxy.upstream_ca, &values.proxy.client_ca}) {
        expand_home(*path, from.home);
    }
    const auto expand_file = [&from](std::string& token) {
        if (token.starts_with(token_file_prefix)) {
            auto path = token.substr(token_file_prefix.size());
            expand_home(path, from.home);
            token = std::string{token_file_prefix} + path;
        }
    };
    for (auto& [name, token] : values.proxy.clients) {
        expand_file(token);
    }
    expand_file(values.collector.content_token);
}

void list_entries(const gathering& all, loaded& result) {
    for (const auto& rule : rules()) {
        const auto& name = rule.about.name;
        if (name == properties_key) {
            for (const auto& [property, value] : result.values.publisher.kafka.properties) {
                const auto key = name + "." + property;
                const auto& where = all.origin_of(key);
                result.entries.push_back({key, value, where.from, where.text});
            }
            continue;
        }
        if (name == clients_key) {
            const auto& where = all.origin_of(name);
            if (result.values.proxy.clients.empty()) {
                result.entries.push_back({name, rule.show(result.values), where.from, where.text});
            }
            for (const auto& [client, token] : result.values.proxy.clients) {
                result.entries.push_back({name + "." + client, token, where.from, where.text});
            }
            continue;
        }
        const auto& where = all.origin_of(name);
        result.entries.push_back({name, rule.show(result.values), where.from, where.text});
    }
}

}  // namespace

inputs process_inputs() {
    inputs from;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        if (const auto equals = text.find('=');
            text.starts_with("TAPES_") && equals != std::string_view::npos) {
            from.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    std::error_code failed;
    from.working_directory = fs::current_path(failed).string();
    if (const char* home = std::getenv("HOME")) {
        from.home = home;
    }
    return from;
}

listen_address read_listen(const std::string& flag, const std::string& text) {
    try {
        return parse_listen(trimmed(text));
    } catch (const bad_value& wrong) {
        throw error{flag + " \"" + text + "\": " + wrong.what(), source::flag};
    }
}

std::string find_config_dir(const inputs& from) {
    if (!from.config_dir.empty()) {
        return from.config_dir;
    }
    if (const auto given = from.environment.find("TAPES_CONFIG_DIR");
        given != from.environment.end() && !given->second.empty()) {
        return given->second;
    }
    std::error_code failed;
    const auto local = fs::path{from.working_directory} / ".tapes";
    if (fs::is_directory(local, failed) || from.home.empty()) {
        return local.string();
    }
    return (fs::path{from.home} / ".tapes").string();
}

loaded load(const inputs& from) {
    loaded result;
    gathering all{result};
    publisher_tables tables;
    result.values.config_dir = find_config_dir(from);
    take_file(all, tables, result.values.prices, config_file(result.values.config_dir));
    take_environment(all, result, from.environment);
    for (const auto& given : from.flags) {
        all.take(given.key, raw{given.value, {}, false}, source::flag, given.flag);
    }
    if (from.port) {
        auto& listen = result.values.proxy.listen;
        listen.port = *from.port;
        all.take("proxy.listen", raw{listen.text(), {}, false}, source::flag, "--port");
    }
    if (!all.obsolete.empty()) {
        result.warnings.push_back("keys of tapes v0.4 that mean nothing here are ignored: " + all.obsolete);
    }
    const auto as_given = result.values.publisher.type;
    check_whole(all, result.values, from);
    tables.finish(result.values);
    const auto resolved = result.values.publisher.type;
    result.values.publisher.type = as_given;
    list_entries(all, result);
    tables.list(result.entries);
    result.values.publisher.type = resolved;
    return result;
}

}  // namespace tapes::config
