#include "publisher_tables.hpp"
#include "rules.hpp"
#include "toml_text.hpp"

#include <tapes/config/keys.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace tapes::config {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

bool secret_property(std::string_view property) {
    constexpr std::array<std::string_view, 7> marks{
        "password", "secret", "ssl.key.pem", "oauthbearer.config", "kinit", "api.key", "jaas"};
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return property.find(mark) != std::string_view::npos; });
}

/// URLs without user info and query: both are places for credentials.
std::string bare_urls(std::string_view value) {
    std::string shown{value};
    for (std::size_t at = shown.find("://"); at != std::string::npos; at = shown.find("://", at + 3)) {
        if (at == 0 || std::isalpha(static_cast<unsigned char>(shown[at - 1])) == 0) {
            continue;  // a pattern, say
        }
        const auto begin = at + 3;
        const auto end = std::min(shown.find_first_of("/ ,?#", begin), shown.size());
        const auto sign = shown.rfind('@', end);
        if (sign != std::string::npos && sign >= begin && sign < end) {
            shown.replace(begin, sign - begin, "***");
        }
        const auto query = shown.find_first_of(" ,?", begin);
        if (query != std::string::npos && shown[query] == '?') {
            const auto after = std::min(shown.find_first_of(" ,", query), shown.size());
            shown.replace(query + 1, after - query - 1, "***");
        }
    }
    return shown;
}

std::string escaped_cell(std::string_view text) {
    std::string cell;
    for (const char c : text) {
        cell += c == '|' ? std::string{"\\|"} : std::string{c};
    }
    return cell;
}

bool written_bare(const key_info& key) {
    return key.form == "number" || key.form == as_switch::form || key.form == as_patterns::form ||
           key.form == as_policy_names::form || key.form == as_policies::form || key.form == as_clients::form;
}

std::string as_written(const key_info& key, const std::string& value) {
    return written_bare(key) ? value : toml_string(value);
}

std::string section_of(const std::string& key) {
    return key.substr(0, key.rfind('.'));
}

}  // namespace

const std::vector<key_info>& keys() {
    static const std::vector<key_info> all = [] {
        std::vector<key_info> made;
        for (const auto& rule : rules()) {
            made.push_back(rule.about);
        }
        return made;
    }();
    return all;
}

const key_info* find_key(std::string_view name) {
    if (!property_of(name).empty()) {
        name = properties_key;
    } else if (!client_of(name).empty()) {
        name = clients_key;
    }
    const auto found =
        std::find_if(keys().begin(), keys().end(), [&](const key_info& k) { return k.name == name; });
    return found == keys().end() ? nullptr : &*found;
}

std::string nearest(std::string_view text, const std::vector<std::string>& candidates) {
    // Longer than any key: not worth a table.
    if (text.size() > 200) {
        return {};
    }
    std::size_t best = std::max<std::size_t>(2, text.size() / 3) + 1;
    std::string found;
    for (const auto& candidate : candidates) {
        if (const auto distance = edit_distance(text, candidate); distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

std::string nearest_key(std::string_view text) {
    std::vector<std::string> names;
    for (const auto& key : keys()) {
        names.push_back(key.name);
        // "upstream" alone, or under the wrong section: the last word decides.
        const auto last = key.name.substr(key.name.rfind('.') + 1);
        if (last == text.substr(text.rfind('.') + 1) && text.find("kafka") == std::string_view::npos) {
            return key.name;
        }
    }
    return nearest(text, names);
}

std::string masked(std::string_view name, std::string_view value) {
    const auto* key = find_key(name);
    auto property = property_of(name);
    if (property.empty()) {
        property = table_property_of(name);
    }
    if (!client_of(name).empty() && value.starts_with(token_file_prefix)) {
        return std::string{value};  // a place, not a token
    }
    const bool nothing = value.empty() || value == "[]";
    if (!nothing && ((key != nullptr && key->secret) || secret_property(property))) {
        return "********";
    }
    return bare_urls(value);
}

bool is_obsolete(std::string_view name) {
    constexpr std::array<std::string_view, 8> sections{
        "api.", "ingest.", "client.", "vector_store.", "embedding.", "opencode.", "telemetry.", "deck."};
    return name == "version" || std::any_of(sections.begin(), sections.end(), [&](std::string_view section) {
               return name.starts_with(section);
           });
}

std::string markdown_table() {
    std::string table = "| key | environment | value | default | meaning |\n|---|---|---|---|---|\n";
    for (const auto& key : keys()) {
        const auto fallback = key.fallback.empty() ? std::string{} : "`" + escaped_cell(key.fallback) + "`";
        table += "| `" + key.name + "` | `" + key.environment + "` | " + escaped_cell(key.form) + " | " +
                 fallback + " | " + escaped_cell(key.about) + " |\n";
    }
    return table;
}

std::string sample_file() {
    std::string text =
        "# Every key of tapes with its default, but storage.postgres_dsn, which must stay empty.\n"
        "# Remove the '#' before a line to change it.\n"
        "# Flags win over TAPES_* variables, those over this file. Durations: \"30s\", \"250ms\", or "
        "seconds.\n"
        "# Sizes: \"256MiB\" or bytes. See docs/configuration.md.\n";
    std::string section;
    for (const auto& key : keys()) {
        if (key.name == "storage.postgres_dsn") {
            continue;
        }
        if (key.name == properties_key) {
            text += "\n[" + key.name + "]\n# " + key.about + "\n# \"security.protocol\" = \"SASL_SSL\"\n";
            section = key.name;
            continue;
        }
        if (const auto here = section_of(key.name); here != section) {
            section = here;
            text += "\n[" + section + "]\n";
        }
        text += "# " + key.about + " (" + key.form + ")\n# " + key.name.substr(section.size() + 1) + " = " +
                as_written(key, key.fallback) + "\n";
    }
    return text;
}

}  // namespace tapes::config
