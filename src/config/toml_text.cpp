#include "toml_text.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

namespace tapes::config {

namespace {

[[noreturn]] void refuse(const toml::node& node, const std::string& why) {
    throw std::runtime_error{"line " + std::to_string(node.source().begin.line) + ": " + why};
}

/// The offset of a position in `text`; toml++ counts lines and code points from 1.
std::size_t offset_of(const std::string& text, const toml::source_position& position) {
    std::size_t at = 0;
    for (toml::source_index line = 1; line < position.line && at < text.size(); ++line) {
        const auto newline = text.find('\n', at);
        at = newline == std::string::npos ? text.size() : newline + 1;
    }
    for (toml::source_index column = 1; column < position.column && at < text.size(); ++column) {
        do {
            ++at;
        } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
    }
    return at;
}

std::string scalar(const toml::node& node, const std::string& path) {
    if (const auto* text = node.as_string()) {
        return text->get();
    }
    if (const auto* number = node.as_integer()) {
        return std::to_string(number->get());
    }
    if (const auto* truth = node.as_boolean()) {
        return truth->get() ? "true" : "false";
    }
    refuse(node, path + " must be a string, a whole number, true or false");
}

void collect(const std::string& text, const toml::table& table, const std::string& prefix,
             std::vector<toml_leaf>& leaves);

/// Those of the tables as "path[0].…" and so on.
void collect_tables(const std::string& text, const toml::array& tables, const std::string& path,
                    std::vector<toml_leaf>& leaves) {
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const auto* const table = tables.get(i)->as_table();
        if (table == nullptr) {
            refuse(*tables.get(i), path + " must be a table, or several [[" + path + "]]");
        }
        collect(text, *table, path + "[" + std::to_string(i) + "].", leaves);
    }
}

void collect(const std::string& text, const toml::table& table, const std::string& prefix,
             std::vector<toml_leaf>& leaves) {
    for (const auto& [name, node] : table) {
        const auto path = prefix + std::string{name.str()};
        if (const auto* inner = node.as_table()) {
            collect(text, *inner, path + ".", leaves);
            continue;
        }
        if (const auto* list = node.as_array(); list != nullptr && path == "publisher") {
            collect_tables(text, *list, path, leaves);
            continue;
        }
        toml_leaf leaf;
        leaf.path = path;
        leaf.line = static_cast<unsigned>(node.source().begin.line);
        leaf.begin = offset_of(text, node.source().begin);
        leaf.end = offset_of(text, node.source().end);
        if (const auto* list = node.as_array()) {
            leaf.value.list = true;
            for (const auto& item : *list) {
                if (item.is_table() || item.is_array()) {
                    refuse(item, path + " must not hold tables or lists");
                }
                leaf.value.items.push_back(scalar(item, path));
            }
        } else {
            leaf.value.text = scalar(node, path);
        }
        leaves.push_back(std::move(leaf));
    }
}

}  // namespace

std::vector<toml_leaf> toml_leaves(const std::string& text) {
    std::vector<toml_leaf> leaves;
    try {
        collect(text, toml::parse(text), "", leaves);
    } catch (const toml::parse_error& failed) {
        throw std::runtime_error{"line " + std::to_string(failed.source().begin.line) + ": " +
                                 std::string{failed.description()}};
    }
    std::stable_sort(leaves.begin(), leaves.end(),
                     [](const toml_leaf& a, const toml_leaf& b) { return a.begin < b.begin; });
    return leaves;
}

std::string toml_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            quoted += "\\u00";
            quoted += digits[byte >> 4U];
            quoted += digits[byte & 15U];
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

bool toml_list(std::string_view text, std::vector<std::string>& items) {
    try {
        const auto leaves = toml_leaves("list = " + std::string{text} + "\n");
        if (leaves.size() != 1 || !leaves.front().value.list) {
            return false;
        }
        items = leaves.front().value.items;
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace tapes::config
