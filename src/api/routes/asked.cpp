#include "routes/asked.hpp"

#include "routes/query.hpp"

#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

[[noreturn]] void wrong(std::string_view name, const std::string& wanted) {
    throw std::invalid_argument{"the parameter " + std::string{name} + " must be " + wanted};
}

bool is_known(const route_about& about, const std::string& name) {
    return std::ranges::find(about.query, name, &parameter_about::name) != about.query.end();
}

}  // namespace

asked::asked(const request& from, const route_about& about)
    : request_{from}, query_{query_pairs(from.query)} {
    for (auto one = query_.begin(); one != query_.end(); ++one) {
        if (!is_known(about, one->first)) {
            throw std::invalid_argument{"there is no parameter \"" + one->first.substr(0, 64) +
                                        "\" here: see /openapi.json"};
        }
        if (std::any_of(query_.begin(), one, [&](const auto& other) { return other.first == one->first; })) {
            wrong(one->first, "given once");
        }
        if (one->second.find('\0') != std::string::npos) {
            wrong(one->first, "a text without NUL");
        }
    }
}

const std::string* asked::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(query_, name, &name_values::value_type::first);
    return found == query_.end() ? nullptr : &found->second;
}

bool asked::has(std::string_view name) const noexcept {
    return find(name) != nullptr;
}

std::string asked::text(std::string_view name) const {
    const auto* const found = find(name);
    return found == nullptr ? std::string{} : *found;
}

bool asked::flag(std::string_view name) const {
    const auto given = text(name);
    if (!given.empty() && given != "true" && given != "false") {
        wrong(name, "true or false");
    }
    return given == "true";
}

std::uint64_t asked::number(std::string_view name, std::uint64_t fallback, std::uint64_t least,
                            std::uint64_t most) const {
    const auto* const given = find(name);
    if (given == nullptr) {
        return fallback;
    }
    const auto value = parse_number<std::uint64_t>(*given);
    if (!value || *value < least || *value > most) {
        wrong(name, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return *value;
}

std::optional<std::int64_t> asked::moment(std::string_view name) const {
    const auto* const given = find(name);
    if (given == nullptr) {
        return std::nullopt;
    }
    constexpr std::size_t date_size = 10;
    const auto read = text::read_rfc3339(given->size() == date_size ? *given + "T00:00:00Z" : *given);
    if (!read) {
        wrong(name, "a time of RFC 3339 (2026-01-31T12:00:00Z) or a date (2026-01-31)");
    }
    return read;
}

std::string asked::day(std::string_view name) const {
    const auto read = moment(name);
    std::string made;
    if (read) {
        text::append_rfc3339(made, *read);
    }
    return made.substr(0, 10);
}

namespace {

route reading_route(std::string path, route_about about, reading handle) {
    const auto shared = std::make_shared<const route_about>(about);
    route entry{"GET", std::move(path), {}};
    entry.read = [shared, handle](const request& received, record& from) {
        return handle(asked{received, *shared}, from);
    };
    entry.about = std::move(about);
    return entry;
}

}  // namespace

void add_reading(route_table& table, std::string path, route_about about, reading handle) {
    table.add(reading_route(std::move(path), std::move(about), handle));
}

void add_brief_reading(route_table& table, std::string path, route_about about, reading handle) {
    auto entry = reading_route(std::move(path), std::move(about), handle);
    entry.brief = true;
    table.add(std::move(entry));
}

parameter_about limit_about(std::size_t usual, std::size_t most) {
    return {"limit", "At most so many.",
            R"({"type":"integer","minimum":1,"maximum":)" + std::to_string(most) + R"(,"default":)" +
                std::to_string(usual) + "}"};
}

parameter_about cursor_about() {
    return {"cursor", "Where to go on: `next` of the page before.", R"({"type":"string"})"};
}

parameter_about text_about(std::string name, std::string text) {
    return {std::move(name), std::move(text), R"({"type":"string"})"};
}

parameter_about flag_about(std::string name, std::string text) {
    return {std::move(name), std::move(text), R"({"type":"boolean","default":false})"};
}

parameter_about moment_about(std::string name, std::string text) {
    return {std::move(name), std::move(text) + " A time of RFC 3339, or a date.", R"({"type":"string"})"};
}

std::optional<std::vector<std::int64_t>> cursor_of(const asked& from, std::size_t count) {
    if (!from.has("cursor")) {
        return std::nullopt;
    }
    const auto given = from.text("cursor");
    std::vector<std::int64_t> numbers;
    std::string_view left = given;
    while (true) {
        const auto part = left.substr(0, left.find('-'));
        const auto number = parse_number<std::int64_t>(part);
        if (!number || numbers.size() == count) {
            break;
        }
        numbers.push_back(*number);
        if (part.size() == left.size()) {
            if (numbers.size() == count) {
                return numbers;
            }
            break;
        }
        left.remove_prefix(part.size() + 1);
    }
    wrong("cursor", "`next` of the page before");
}

}  // namespace tapes::api
