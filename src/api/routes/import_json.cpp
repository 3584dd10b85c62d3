#include "routes/import_json.hpp"

#include <tapes/text/json_cursor.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace tapes::api {

namespace {

using nlohmann::json;

/// The texts of a row under their names.
template <class Row>
auto texts_of(Row& row) {
    auto& said = row.said;
    return std::array{std::pair{"role", &said.role},
                      std::pair{"content", &said.content},
                      std::pair{"model", &said.who.model},
                      std::pair{"provider", &said.who.provider},
                      std::pair{"agent_name", &said.who.agent_name},
                      std::pair{"project", &said.project},
                      std::pair{"stop_reason", &said.stop_reason}};
}

std::string text_of(const json& body) {
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

json node_json(const store::import_row& row) {
    json made{{"hash", merkle::to_hex(row.hash)}};
    if (row.parent) {
        made["parent"] = merkle::to_hex(*row.parent);
    }
    for (const auto& [name, text] : texts_of(row)) {
        if (!text->empty()) {
            made[name] = *text;
        }
    }
    for (const auto& [name, member] : merkle::usage_figures) {
        if (const auto& figure = row.said.used.*member) {
            made["usage"][name] = *figure;
        }
    }
    made["created_at_us"] = row.said.created_at_us.value_or(0);
    return made;
}

/// False where it is there and no text.
bool read_text(const json& from, const char* name, std::string& to) {
    const auto found = from.find(name);
    if (found == from.end()) {
        return true;
    }
    if (found->is_string()) {
        to = found->get<std::string>();
    }
    return found->is_string();
}

bool read_number(const json& from, const char* name, std::optional<std::int64_t>& to) {
    const auto found = from.find(name);
    if (found == from.end()) {
        return true;
    }
    if (found->is_number_integer()) {
        to = found->get<std::int64_t>();
    }
    return found->is_number_integer();
}

bool read_usage(const json& from, merkle::usage& to) {
    const auto found = from.find("usage");
    if (found == from.end()) {
        return true;
    }
    bool good = found->is_object();
    for (const auto& [name, member] : merkle::usage_figures) {
        good = good && read_number(*found, name, to.*member);
    }
    return good;
}

std::optional<store::import_row> read_node(const json& from) {
    store::import_row made;
    std::string hash;
    std::string parent;
    bool good = from.is_object() && read_text(from, "hash", hash) && read_text(from, "parent", parent) &&
                read_usage(from, made.said.used) &&
                read_number(from, "created_at_us", made.said.created_at_us);
    for (const auto& [name, text] : texts_of(made)) {
        good = good && read_text(from, name, *text);
    }
    const auto digest = merkle::from_hex(hash);
    made.parent = merkle::from_hex(parent);
    if (!good || !digest || made.parent.has_value() == parent.empty()) {
        return std::nullopt;
    }
    made.hash = *digest;
    return made;
}

/// Whether no value stands deeper than a body's of ours may: a level costs more memory than its bracket.
bool shallow(std::string_view body) {
    constexpr std::size_t deepest = 4;
    std::size_t depth = 0;
    text::visit_json_marks(body, [&depth](char mark) {
        if (mark == '[' || mark == '{') {
            ++depth;
        } else if (mark != ',' && depth > 0) {
            --depth;
        }
        return depth <= deepest;
    });
    return depth <= deepest;
}

/// Null for what is no JSON, or too deep.
json parsed(std::string_view body) {
    auto made = shallow(body) ? json::parse(body, nullptr, false) : json{};
    return made.is_discarded() ? json{} : made;
}

/// The array `name` of an object; null where there is none.
json read_array(std::string_view body, const char* name) {
    auto said = parsed(body);
    if (!said.is_object() || !said.contains(name) || !said[name].is_array()) {
        return nullptr;
    }
    return std::move(said[name]);
}

}  // namespace

std::string hashes_json(std::span<const merkle::digest> hashes) {
    json made{{"hashes", json::array()}};
    for (const auto& one : hashes) {
        made["hashes"].push_back(merkle::to_hex(one));
    }
    return text_of(made);
}

std::optional<std::vector<merkle::digest>> read_hashes(std::string_view body) {
    const auto said = read_array(body, "hashes");
    if (said.is_null()) {
        return std::nullopt;
    }
    std::vector<merkle::digest> made;
    made.reserve(said.size());
    for (const auto& one : said) {
        const auto hash = one.is_string() ? merkle::from_hex(one.get<std::string>()) : std::nullopt;
        if (!hash) {
            return std::nullopt;
        }
        made.push_back(*hash);
    }
    return made;
}

std::string known_json(const std::vector<bool>& known) {
    return text_of(json{{"known", known}}) + "\n";
}

std::optional<std::vector<bool>> read_known(std::string_view body) {
    const auto said = read_array(body, "known");
    if (said.is_null()) {
        return std::nullopt;
    }
    std::vector<bool> made;
    made.reserve(said.size());
    for (const auto& one : said) {
        if (!one.is_boolean()) {
            return std::nullopt;
        }
        made.push_back(one.get<bool>());
    }
    return made;
}

std::string order_json(std::span<const store::import_row> rows, bool announce) {
    json made{{"announce", announce}, {"nodes", json::array()}};
    for (const auto& one : rows) {
        made["nodes"].push_back(node_json(one));
    }
    return text_of(made);
}

std::optional<import_order> read_import_order(std::string_view body) {
    const auto said = parsed(body);
    if (!said.is_object() || !said.contains("nodes") || !said["nodes"].is_array() ||
        !said.contains("announce") || !said["announce"].is_boolean()) {
        return std::nullopt;
    }
    import_order made;
    made.announce = said["announce"].get<bool>();
    for (const auto& one : said["nodes"]) {
        auto row = read_node(one);
        if (!row) {
            return std::nullopt;
        }
        made.rows.push_back(*std::move(row));
    }
    return made;
}

}  // namespace tapes::api
