#include "toml_text.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace tapes::config {

namespace {

[[noreturn]] void refuse(const toml::node& node, const std::string& why) {
    throw std::runtime_error{"line " + std::to_string(node.source().begin.line) + ": " + why};
}

/// More than any configuration needs; toml++ and what reads its tables go down by recursion.
constexpr std::size_t deepest = 32;

/// Where the string that begins at `at` ends, or the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const std::string_view three = quote == '"' ? R"(""")" : "'''";
    const bool long_one = text.substr(at, 3) == three;
    for (at += long_one ? 3 : 1; at < text.size(); ++at) {
        if (text[at] == '\\' && quote == '"') {
            ++at;
        } else if (long_one ? text.substr(at, 3) == three : text[at] == quote || text[at] == '\n') {
            return at + (long_one ? 2 : 0);
        }
    }
    return text.size();
}

/// Refuses what nests too deep, whether by dotted names, by inline tables or by arrays, before it is parsed.
void check_depth(std::string_view text) {
    std::size_t brackets = 0;
    std::size_t dots = 0;  // since the name at hand began
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        switch (text[at]) {
            case '#':
                at = std::min(text.find('\n', at), text.size()) - 1;
                break;
            case '"':
            case '\'': {
                const auto end = end_of_string(text, at);
                line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                            text.begin() + static_cast<std::ptrdiff_t>(end),
                                                            '\n'));
                at = end < text.size() && text[end] == '\n' ? end - 1 : end;
                break;
            }
            case '[':
            case '{':
                ++brackets;
                dots = 0;
                break;
            case ']':
            case '}':
                brackets -= brackets > 0 ? 1 : 0;
                dots = 0;
                break;
            case '.':
                ++dots;
                break;
            case '\n':
                ++line;
                dots = 0;
                break;
            case '=':
            case ',':
                dots = 0;
                break;
            default:
                break;
        }
        if (brackets > deepest || dots > deepest) {
            throw std::runtime_error{"line " + std::to_string(line) + ": tables and lists nest at most " +
                                     std::to_string(deepest) + " deep"};
        }
    }
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
        check_depth(text);
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
