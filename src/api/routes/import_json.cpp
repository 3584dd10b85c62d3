#include "routes/import_json.hpp"

#include "routes/json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace tapes::api {

namespace {

using nlohmann::json;

/// Pairs the texts of a row with their names.
template <class Row>
auto texts_of(Row& row) {
    auto& node = row.node;
    return std::array{std::pair{"role", &node.role},
                      std::pair{"content", &node.content},
                      std::pair{"model", &node.identity.model},
                      std::pair{"provider", &node.identity.provider},
                      std::pair{"agent_name", &node.identity.agent_name},
                      std::pair{"project", &node.project},
                      std::pair{"stop_reason", &node.stop_reason}};
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
        if (const auto& figure = row.node.used.*member) {
            made["usage"][name] = *figure;
        }
    }
    made["created_at_us"] = row.node.created_at_us.value_or(0);
    return made;
}

/// Returns false if the member exists and is not a text.
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
                read_usage(from, made.node.used) &&
                read_number(from, "created_at_us", made.node.created_at_us);
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

/// Parses like json::parse, but stops at the first value that is nested deeper than those of our bodies: a
/// level costs more memory than its bracket.
class shallow_parser : public nlohmann::detail::json_sax_dom_parser<json> {
public:
    explicit shallow_parser(json& root) : json_sax_dom_parser{root, false} {}

    bool start_object(std::size_t size) { return enter() && json_sax_dom_parser::start_object(size); }
    bool start_array(std::size_t size) { return enter() && json_sax_dom_parser::start_array(size); }
    bool end_object() { return leave() && json_sax_dom_parser::end_object(); }
    bool end_array() { return leave() && json_sax_dom_parser::end_array(); }

private:
    bool enter() {
        constexpr std::size_t deepest = 4;
        return ++depth_ <= deepest;
    }
    bool leave() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
};

/// Returns null for a text that is not JSON, or is nested too deeply.
json parsed(std::string_view body) {
    json root;
    shallow_parser parser{root};
    return json::sax_parse(body, &parser) ? root : json{};
}

/// Returns the array `name` of an object; null if there is none.
json read_array(std::string_view body, const char* name) {
    auto object = parsed(body);
    if (!object.is_object() || !object.contains(name) || !object[name].is_array()) {
        return nullptr;
    }
    return std::move(object[name]);
}

}  // namespace

std::string hashes_json(std::span<const merkle::digest> hashes) {
    json made{{"hashes", json::array()}};
    for (const auto& one : hashes) {
        made["hashes"].push_back(merkle::to_hex(one));
    }
    return json_text(made);
}

std::optional<std::vector<merkle::digest>> read_hashes(std::string_view body) {
    const auto values = read_array(body, "hashes");
    if (values.is_null()) {
        return std::nullopt;
    }
    std::vector<merkle::digest> made;
    made.reserve(values.size());
    for (const auto& one : values) {
        const auto hash = one.is_string() ? merkle::from_hex(one.get<std::string>()) : std::nullopt;
        if (!hash) {
            return std::nullopt;
        }
        made.push_back(*hash);
    }
    return made;
}

std::string known_json(const std::vector<bool>& known) {
    return json_text(json{{"known", known}}) + "\n";
}

std::optional<std::vector<bool>> read_known(std::string_view body) {
    const auto values = read_array(body, "known");
    if (values.is_null()) {
        return std::nullopt;
    }
    std::vector<bool> made;
    made.reserve(values.size());
    for (const auto& one : values) {
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
    return json_text(made);
}

std::optional<import_order> read_import_order(std::string_view body) {
    const auto object = parsed(body);
    if (!object.is_object() || !object.contains("nodes") || !object["nodes"].is_array() ||
        !object.contains("announce") || !object["announce"].is_boolean()) {
        return std::nullopt;
    }
    import_order made;
    made.announce = object["announce"].get<bool>();
    for (const auto& one : object["nodes"]) {
        auto row = read_node(one);
        if (!row) {
            return std::nullopt;
        }
        made.rows.push_back(*std::move(row));
    }
    return made;
}

}  // namespace tapes::api
