#include "toml_text.hpp"

#include <tapes/text/work_meter.hpp>

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

}  // namespace

void check_toml_depth(std::string_view text) {
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

namespace {

/// Turns positions, as toml++ counts them (lines and code points from 1), into offsets. All at once, so that
/// the text is gone through once, however many there are.
class value_places {
public:
    /// Where the value of the leaf with this number stands.
    void add(std::size_t leaf, const toml::source_region& place) {
        marks_.push_back({place.begin, leaf, &toml_leaf::begin});
        marks_.push_back({place.end, leaf, &toml_leaf::end});
    }

    /// Sets the offsets of the leaves.
    void apply(std::string_view text, std::vector<toml_leaf>& leaves) {
        std::sort(marks_.begin(), marks_.end(),
                  [](const mark& a, const mark& b) { return a.position < b.position; });
        std::size_t line_begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // toml++ does not count it
        std::size_t at = line_begin;
        toml::source_position here{1, 1};
        for (const auto& one : marks_) {
            for (; here.line < one.position.line && line_begin < text.size(); ++here.line) {
                at = std::min(text.find('\n', line_begin), text.size() - 1) + 1;
                text::count_work(at - line_begin);
                line_begin = at;
                here.column = 1;
            }
            for (; here.column < one.position.column && at < text.size(); ++here.column) {
                at = end_of_code_point(text, at);
                text::count_work(1);
            }
            leaves[one.leaf].*one.offset = at;
        }
    }

private:
    struct mark {
        toml::source_position position;
        std::size_t leaf;
        std::size_t toml_leaf::*offset;
    };

    static std::size_t end_of_code_point(std::string_view text, std::size_t at) {
        do {
            ++at;
        } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
        return at;
    }

    std::vector<mark> marks_;
};

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

/// The leaves of a parsed file, as they are found.
class leaf_collection {
public:
    void collect(const toml::table& table, const std::string& prefix);
    /// All of them, in the order of the file.
    std::vector<toml_leaf> take(std::string_view text);

private:
    void collect_tables(const toml::array& tables, const std::string& path);
    void add(const toml::node& node, const std::string& path);

    std::vector<toml_leaf> leaves_;
    value_places places_;
};

void leaf_collection::collect(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
        const auto path = prefix + std::string{name.str()};
        if (const auto* inner = node.as_table()) {
            collect(*inner, path + ".");
        } else if (const auto* list = node.as_array(); list != nullptr && path == "publisher") {
            collect_tables(*list, path);
        } else if (list != nullptr && path == "prices") {
            continue;  // no leaves: see toml_tables
        } else {
            add(node, path);
        }
    }
}

/// Those of the tables as "path[0].…" and so on.
void leaf_collection::collect_tables(const toml::array& tables, const std::string& path) {
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const auto* const table = tables.get(i)->as_table();
        if (table == nullptr) {
            refuse(*tables.get(i), path + " must be a table, or several [[" + path + "]]");
        }
        collect(*table, path + "[" + std::to_string(i) + "].");
    }
}

void leaf_collection::add(const toml::node& node, const std::string& path) {
    toml_leaf leaf;
    leaf.path = path;
    leaf.line = static_cast<unsigned>(node.source().begin.line);
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
    places_.add(leaves_.size(), node.source());
    leaves_.push_back(std::move(leaf));
}

std::vector<toml_leaf> leaf_collection::take(std::string_view text) {
    places_.apply(text, leaves_);
    std::stable_sort(leaves_.begin(), leaves_.end(),
                     [](const toml_leaf& a, const toml_leaf& b) { return a.begin < b.begin; });
    return std::move(leaves_);
}

}  // namespace

std::vector<toml_leaf> toml_leaves(const std::string& text) {
    try {
        check_toml_depth(text);
        leaf_collection all;
        all.collect(toml::parse(text), "");
        return all.take(text);
    } catch (const toml::parse_error& failed) {
        throw std::runtime_error{"line " + std::to_string(failed.source().begin.line) + ": " +
                                 std::string{failed.description()}};
    }
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
