#include "values.hpp"

#include "toml_text.hpp"

#include <tapes/config/load.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/text/ascii.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace tapes::config {

namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 5> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

// The binary ones stand first of each size: they are what values are shown in.
constexpr std::array<unit, 11> byte_units{{{"TiB", 1ULL << 40},
                                           {"GiB", 1ULL << 30},
                                           {"MiB", 1ULL << 20},
                                           {"KiB", 1ULL << 10},
                                           {"TB", 1'000'000'000'000},
                                           {"GB", 1'000'000'000},
                                           {"MB", 1'000'000},
                                           {"kB", 1000},
                                           {"KB", 1000},
                                           {"B", 1},
                                           {"", 1}}};

/// The digits at the front and the rest, blanks between them dropped; false when there are none or too many.
bool split_number(std::string_view text, std::uint64_t& number, std::string_view& rest) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{}) {
        return false;
    }
    rest = text.substr(static_cast<std::size_t>(end - text.data()));
    while (!rest.empty() && rest.front() == ' ') {
        rest.remove_prefix(1);
    }
    return true;
}

void read_redacted_names(const raw& from, std::vector<std::string>& to,
                         std::string (*fault_of)(std::string_view name)) {
    std::vector<std::string> names;
    as_choices::read(from, names);
    for (const auto& name : names) {
        if (const auto fault = fault_of(name); !fault.empty()) {
            throw bad_value{"the name \"" + name + "\" cannot be redacted: " + fault};
        }
    }
    to = std::move(names);
}

}  // namespace

const std::string& text_of(const raw& value) {
    if (value.list) {
        throw bad_value{"must be one value, not a list"};
    }
    return value.text;
}

bool is_blank(std::string_view text) {
    // U+0085, U+00A0, U+1680, U+180E, U+2000 to U+200F, U+2028 to U+202F, U+205F to U+206F, U+3000, U+FEFF.
    constexpr std::array<std::string_view, 6> spaces{"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
                                                     "\xe1\xa0\x8e", "\xe3\x80\x80", "\xef\xbb\xbf"};
    const bool any = !text.empty();
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text.front());
        const auto known = std::find_if(spaces.begin(), spaces.end(),
                                        [&](std::string_view space) { return text.starts_with(space); });
        const auto third = text.size() > 2 ? static_cast<unsigned char>(text[2]) : 0U;
        if (first <= 0x20 || first == 0x7f) {
            text.remove_prefix(1);
        } else if (known != spaces.end()) {
            text.remove_prefix(known->size());
        } else if ((text.starts_with("\xe2\x80") && (third <= 0x8f || (third >= 0xa8 && third <= 0xaf))) ||
                   (text.starts_with("\xe2\x81") && third >= 0x9f && third <= 0xaf)) {
            text.remove_prefix(3);
        } else {
            return false;
        }
    }
    return any;
}

std::string trimmed(std::string_view text) {
    return std::string{text::trimmed(text, " \t\r\n")};
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = text.find(',');
        if (auto part = trimmed(text.substr(0, comma)); !part.empty()) {
            parts.push_back(std::move(part));
        }
        if (comma == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(comma + 1);
    }
}

milliseconds parse_duration(std::string_view text) {
    std::uint64_t number = 0;
    std::string_view rest;
    const auto value = trimmed(text);
    if (split_number(value, number, rest)) {
        for (const auto& [name, factor] : duration_units) {
            if (rest == name || (rest.empty() && name == "s")) {
                // A century: no sum of durations can overflow.
                if (number > 3'155'760'000'000 / factor) {
                    break;
                }
                return milliseconds{static_cast<std::int64_t>(number * factor)};
            }
        }
    }
    throw bad_value{R"(must be a duration such as "30s", "250ms", "5m", or whole seconds)"};
}

std::string show_duration(milliseconds value) {
    const auto count = static_cast<std::uint64_t>(value.count());
    if (count == 0) {
        return "0s";
    }
    // Minutes and hours only where people write them: 600s stays 600s.
    if (count % 86'400'000 == 0) {
        return std::to_string(count / 86'400'000) + "d";
    }
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::uint64_t parse_bytes(std::string_view text) {
    std::uint64_t number = 0;
    std::string_view rest;
    const auto value = trimmed(text);
    if (split_number(value, number, rest)) {
        for (const auto& [name, factor] : byte_units) {
            if (rest == name && number <= std::numeric_limits<std::int64_t>::max() / factor) {
                return number * factor;
            }
        }
    }
    throw bad_value{R"(must be a size such as "256MiB", "8GiB", or whole bytes)"};
}

std::string show_bytes(std::uint64_t value) {
    for (const auto& [name, factor] : byte_units) {
        if (value != 0 && factor % 1024 == 0 && value % factor == 0) {
            return std::to_string(value / factor) + std::string{name};
        }
    }
    return std::to_string(value);
}

std::uint64_t parse_count(std::string_view text) {
    std::uint64_t number = 0;
    std::string_view rest;
    const auto value = trimmed(text);
    if (!split_number(value, number, rest) || !rest.empty()) {
        throw bad_value{"must be a whole number"};
    }
    return number;
}

void as_provider::read(const raw& from, std::string& to) {
    auto text = std::string{trimmed(text_of(from))};
    text = text == "google" ? "gemini" : text;
    const auto* const known = std::ranges::find(providers, std::string_view{text});
    if (known == providers.end() && text != "auto") {
        // The reference's text, and behind it what is more.
        std::string names;
        for (const auto name : providers) {
            names.append(names.empty() ? "" : " ").append(name);
        }
        throw reference_text{"unknown provider type: \"" + text + "\" (supported: [" + names +
                             "]); auto: each request tells"};
    }
    to = text;
}

void as_switch::read(const raw& from, bool& to) {
    const auto& text = text_of(from);
    if (text == "true" || text == "1" || text == "yes" || text == "on") {
        to = true;
    } else if (text == "false" || text == "0" || text == "no" || text == "off") {
        to = false;
    } else {
        throw bad_value{"must be true or false"};
    }
}

void as_names::read(const raw& from, std::vector<std::string>& to) {
    to.clear();
    for (const auto& item : from.list ? from.items : std::vector<std::string>{from.text}) {
        for (auto& name : split_list(item)) {
            to.push_back(std::move(name));
        }
    }
}

std::string as_names::show(const std::vector<std::string>& value) {
    std::string all;
    for (const auto& name : value) {
        all += (all.empty() ? "" : ",") + name;
    }
    return all;
}

void as_header_names::read(const raw& from, std::vector<std::string>& to) {
    read_redacted_names(from, to, http::header_name_fault);
}

void as_member_names::read(const raw& from, std::vector<std::string>& to) {
    read_redacted_names(from, to, http::field_name_fault);
}

void as_patterns::read(const raw& from, std::vector<std::string>& to) {
    std::vector<std::string> patterns;
    if (from.list) {
        patterns = from.items;
    } else if (from.text.starts_with('[') && toml_list(from.text, patterns)) {
        // `["a", "b"]` given in the environment or as a flag; a lone pattern may begin with a bracket as
        // well.
    } else if (!from.text.empty()) {
        patterns = {from.text};
    }
    for (const auto& pattern : patterns) {
        const re2::RE2 compiled{pattern, re2::RE2::Quiet};
        if (!compiled.ok()) {
            throw bad_value{"the pattern \"" + pattern + "\" is no RE2 pattern: " + compiled.error()};
        }
    }
    to = std::move(patterns);
}

std::string as_patterns::show(const std::vector<std::string>& value) {
    std::string all = "[";
    for (const auto& pattern : value) {
        all += (all.size() == 1 ? "" : ", ") + toml_string(pattern);
    }
    return all + "]";
}

void as_publisher::read(const raw& from, publisher_type& to) {
    const auto text = trimmed(text_of(from));
    if (text.empty()) {
        to = publisher_type::none;
    } else if (text == "nop") {
        to = publisher_type::nop;
    } else if (text == "kafka") {
        to = publisher_type::kafka;
    } else {
        throw reference_text{"unsupported publisher type \"" + text + "\" (supported: nop, kafka)"};
    }
}

std::string as_publisher::show(publisher_type value) {
    constexpr std::array<const char*, 3> names{"", "nop", "kafka"};
    return names[static_cast<std::size_t>(value)];
}

}  // namespace tapes::config
