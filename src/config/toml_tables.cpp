#include "toml_tables.hpp"

#include "toml_text.hpp"

#include <toml++/toml.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace tapes::config {
namespace {

/// Writes values as they were written: a float in its shortest form, which toml++ itself does not do.
class value_writer {
public:
    void write(const toml::node& node) {
        if (const auto* table = node.as_table()) {
            write_table(*table);
        } else if (const auto* list = node.as_array()) {
            write_list(*list);
        } else if (const auto* text = node.as_string()) {
            out_ += toml_string(text->get());
        } else if (const auto* real = node.as_floating_point()) {
            write_float(real->get());
        } else if (const auto* whole = node.as_integer()) {
            out_ += std::to_string(whole->get());
        } else if (const auto* truth = node.as_boolean()) {
            out_ += truth->get() ? "true" : "false";
        } else if (const auto* day = node.as_date()) {
            write_day(day->get());
        } else {
            throw std::runtime_error{"line " + std::to_string(node.source().begin.line) +
                                     ": a time is not known here; write a day such as 2026-01-31"};
        }
    }

    void write_members(const toml::table& table) {
        for (const auto& [name, node] : table) {
            out_ += toml_string(name.str()) + " = ";
            write(node);
            out_ += '\n';
        }
    }

    std::string take() { return std::move(out_); }

private:
    void write_table(const toml::table& table) {
        out_ += '{';
        bool first = true;
        for (const auto& [name, node] : table) {
            out_ += (first ? "" : ", ") + toml_string(name.str()) + " = ";
            write(node);
            first = false;
        }
        out_ += '}';
    }

    void write_list(const toml::array& list) {
        out_ += '[';
        for (const auto& one : list) {
            write(one);
            out_ += ", ";
        }
        out_ += ']';
    }

    void write_float(double real) {
        std::array<char, 512> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), real, std::chars_format::fixed);
        const std::string text{digits.data(), end.ptr};
        out_ += text.find_first_of(".in") == std::string::npos ? text + ".0" : text;
    }

    void write_day(const toml::date& day) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "\"%04u-%02u-%02u\"", static_cast<unsigned>(day.year),
                      static_cast<unsigned>(day.month), static_cast<unsigned>(day.day));
        out_ += text.data();
    }

    std::string out_;
};

[[noreturn]] void refuse(const toml::node& node, std::string_view name) {
    throw std::runtime_error{"line " + std::to_string(node.source().begin.line) + ": " + std::string{name} +
                             " must be tables, each with a line [[" + std::string{name} + "]]"};
}

}  // namespace

std::vector<toml_table_text> toml_tables(const std::string& text, std::string_view name) {
    std::vector<toml_table_text> tables;
    try {
        check_toml_depth(text);
        const auto parsed = toml::parse(text);
        const auto* list = parsed.get_as<toml::array>(name);
        if (list == nullptr && parsed.contains(name)) {
            refuse(*parsed.get(name), name);
        }
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            const auto& node = *list->get(i);
            if (!node.is_table()) {
                refuse(node, name);
            }
            value_writer writer;
            writer.write_members(*node.as_table());
            tables.push_back({"[[" + std::string{name} + "]]\n" + writer.take(),
                              static_cast<unsigned>(node.source().begin.line)});
        }
    } catch (const toml::parse_error& failed) {
        throw std::runtime_error{"line " + std::to_string(failed.source().begin.line) + ": " +
                                 std::string{failed.description()}};
    }
    return tables;
}

}  // namespace tapes::config
