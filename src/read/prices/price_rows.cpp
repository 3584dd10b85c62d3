#include "prices/decimal_price.hpp"
#include "prices/price_file.hpp"

#include <tapes/catalogue/reader.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/text/ascii.hpp>

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace tapes::read {
namespace {

/// What stands in a price row: which figure of a tier a member is.
struct price_member {
    std::string_view name;
    picodollars price_tier::*figure;
};

constexpr std::array<price_member, 5> price_members{{
    {"input", &price_tier::input},
    {"cache_read", &price_tier::cache_read},
    {"cache_write_5m", &price_tier::cache_write_5m},
    {"cache_write_1h", &price_tier::cache_write_1h},
    {"output", &price_tier::output},
}};

/// One table of the file, and what an error calls it.
struct row_place {
    std::size_t number;  // from 1
    std::string model;

    [[noreturn]] void refuse(const std::string& why) const {
        throw std::runtime_error{"row " + std::to_string(number) + (model.empty() ? "" : " (" + model + ")") +
                                 ": " + why};
    }
};

std::string allowed_bounds() {
    std::string all;
    for (const auto bound : catalogue::context_bounds) {
        all += (all.empty() ? "" : ", ") + std::to_string(bound);
    }
    return all;
}

/// A number as it was written, as far as digits go; a TOML float is binary, and its shortest decimal form is
/// what was written.
std::string decimal_text(const toml::node& node) {
    if (const auto* written = node.as_string()) {
        return written->get();
    }
    if (const auto* whole = node.as_integer()) {
        return std::to_string(whole->get());
    }
    if (const auto* real = node.as_floating_point()) {
        std::array<char, 512> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), real->get(),
                                       std::chars_format::fixed);
        return end.ec == std::errc{} ? std::string{digits.data(), end.ptr} : std::string{};
    }
    return {};
}

picodollars read_price(const toml::table& table, std::string_view name, const row_place& place) {
    const auto written = decimal_text(*table.get(name));
    const auto price = price_of_token(written);
    if (!price) {
        place.refuse(
            std::string{name} + " = " + (written.empty() ? "?" : written) +
            " must be US dollars for a million tokens, from 0 to 1000000, with at most six decimals");
    }
    return *price;
}

/// The prices of a table; what it lacks is taken from `base`, or follows from the others where there is none.
price_tier read_tier(const toml::table& table, const price_tier* base, const row_place& place) {
    price_tier tier;
    for (const auto& member : price_members) {
        if (table.contains(member.name)) {
            tier.*member.figure = read_price(table, member.name, place);
        } else if (member.name == "input" || member.name == "output") {
            if (base == nullptr) {
                place.refuse("has no " + std::string{member.name});
            }
            tier.*member.figure = base->*member.figure;
        } else if (member.name == "cache_write_1h") {
            tier.cache_write_1h = tier.cache_write_5m;
        } else {
            tier.*member.figure = tier.input;
        }
    }
    return tier;
}

void check_names(const toml::table& table, std::initializer_list<std::string_view> others,
                 const row_place& place) {
    for (const auto& [key, node] : table) {
        const auto name = key.str();
        const bool price =
            std::any_of(price_members.begin(), price_members.end(),
                        [&](const price_member& member) { return member.name == std::string_view{name}; });
        if (!price && std::find(others.begin(), others.end(), std::string_view{name}) == others.end()) {
            std::string all;
            for (const auto other : others) {
                all += std::string{other} + ", ";
            }
            place.refuse("unknown key " + std::string{name} + "; there are " + all +
                         "input, cache_read, cache_write_5m, cache_write_1h and output");
        }
    }
}

std::string read_text(const toml::table& table, std::string_view name, const row_place& place) {
    const auto* node = table.get(name);
    if (node == nullptr) {
        return {};
    }
    if (const auto* written = node->as_string()) {
        return written->get();
    }
    if (const auto* date = node->as_date()) {
        std::array<char, 16> day{};
        std::snprintf(day.data(), day.size(), "%04u-%02u-%02u", static_cast<unsigned>(date->get().year),
                      static_cast<unsigned>(date->get().month), static_cast<unsigned>(date->get().day));
        return day.data();
    }
    place.refuse(std::string{name} + " must be text");
}

bool is_day(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
           std::all_of(text.begin(), text.end(), [](char c) { return text::is_digit(c) || c == '-'; });
}

std::vector<std::string> read_models(const toml::table& table, const row_place& place) {
    std::vector<std::string> models;
    const auto* node = table.get("model");
    if (node != nullptr && node->is_string()) {
        models.push_back(node->as_string()->get());
    } else if (const auto* list = node == nullptr ? nullptr : node->as_array()) {
        for (const auto& one : *list) {
            models.push_back(one.is_string() ? one.as_string()->get() : std::string{});
        }
    }
    const auto no_name = [](const std::string& model) { return model.empty(); };
    if (models.empty() || std::any_of(models.begin(), models.end(), no_name)) {
        place.refuse("model must be the name of a model, or a list of names");
    }
    return models;
}

void read_tiers(const toml::table& table, price_row& row, const row_place& place) {
    const auto* node = table.get("tiers");
    if (node == nullptr) {
        return;
    }
    if (!node->is_array()) {
        place.refuse("tiers must be a list of tables");
    }
    for (const auto& one : *node->as_array()) {
        if (!one.is_table()) {
            place.refuse("tiers must be a list of tables");
        }
        check_names(*one.as_table(), {"context_above"}, place);
        auto tier = read_tier(*one.as_table(), &row.tiers.front(), place);
        const auto* above = one.as_table()->get("context_above");
        tier.context_above = above != nullptr && above->is_integer() ? above->as_integer()->get() : 0;
        const auto& bounds = catalogue::context_bounds;
        if (std::find(std::begin(bounds), std::end(bounds), tier.context_above) == std::end(bounds)) {
            place.refuse("context_above of a tier must be one of " + allowed_bounds());
        }
        if (tier.context_above <= row.tiers.back().context_above) {
            place.refuse("tiers must be in the order of context_above, each with one of its own");
        }
        row.tiers.push_back(tier);
    }
}

void read_row(const toml::table& table, row_place place, std::vector<price_row>& rows) {
    const auto models = read_models(table, place);
    place.model = models.front();
    check_names(table, {"provider", "model", "since", "source", "tiers"}, place);
    price_row row;
    row.provider = read_text(table, "provider", place);
    row.since = read_text(table, "since", place);
    row.source = read_text(table, "source", place);
    if (!row.since.empty() && !is_day(row.since)) {
        place.refuse("since = \"" + row.since + "\" must be a day such as 2026-01-31");
    }
    row.tiers.push_back(read_tier(table, nullptr, place));
    read_tiers(table, row, place);
    for (const auto& model : models) {
        row.model = model;
        rows.push_back(row);
    }
}

}  // namespace

price_file read_price_file(std::string_view text) {
    price_file file;
    try {
        const auto parsed = toml::parse(text);
        if (const auto* dated = parsed.get("dated"); dated != nullptr && dated->is_string()) {
            file.dated = dated->as_string()->get();
        }
        const auto* tables = parsed.get_as<toml::array>("prices");
        if (tables == nullptr && parsed.contains("prices")) {
            throw std::runtime_error{"prices must be tables [[prices]]"};
        }
        for (std::size_t i = 0; tables != nullptr && i < tables->size(); ++i) {
            const auto& node = *tables->get(i);
            const row_place place{i + 1, {}};
            if (!node.is_table()) {
                place.refuse("must be a table");
            }
            read_row(*node.as_table(), place, file.rows);
        }
    } catch (const toml::parse_error& failed) {
        throw std::runtime_error{"line " + std::to_string(failed.source().begin.line) + ": " +
                                 std::string{failed.description()}};
    }
    return file;
}

std::vector<price_row> read_price_rows(std::string_view toml) {
    return read_price_file(toml).rows;
}

}  // namespace tapes::read
