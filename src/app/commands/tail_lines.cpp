#include "commands/tail_lines.hpp"

#include "screen/figures.hpp"

#include <tapes/read/cost.hpp>

#include <cmath>
#include <initializer_list>
#include <utility>

namespace tapes::app {

namespace {

std::string text_member(const nlohmann::json& from, const char* name) {
    const auto found = from.find(name);
    return found != from.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string first_known(const nlohmann::json& from, std::initializer_list<const char*> names) {
    for (const auto* const name : names) {
        if (auto text = text_member(from, name); !text.empty()) {
            return text;
        }
    }
    return {};
}

std::int64_t count_member(const nlohmann::json& from, const char* name) {
    const auto found = from.find(name);
    return found != from.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// `01-31 12:00:05`, of `2026-01-31T12:00:05.123456Z`.
std::string moment_of(const nlohmann::json& one) {
    const auto text = text_member(one, "started_at");
    constexpr std::size_t to_seconds = 19;
    return text.size() < to_seconds ? std::string{} : text.substr(5, 5) + " " + text.substr(11, 8);
}

/// What a person calls the session.
std::string session_name(const nlohmann::json& one) {
    const auto title = text_member(one, "title");
    constexpr std::size_t short_hash = 12;
    const auto name = text_member(one, "session");
    return !title.empty() ? title : name.size() == 64 ? name.substr(0, short_hash) : name;
}

std::string duration_of(const nlohmann::json& one) {
    const auto found = one.find("duration_ms");
    return found != one.end() && found->is_number()
               ? short_duration(std::llround(found->get<double>() * 1000))
               : "-";
}

std::string tokens_of(const nlohmann::json& one) {
    const auto found = one.find("tokens");
    if (found == one.end() || !found->is_object()) {
        return "-";
    }
    std::int64_t all = 0;
    for (const auto* const name : {"input", "cache_read", "cache_write", "output"}) {
        all += count_member(*found, name);
    }
    return short_count(all);
}

std::string cost_of_event(const nlohmann::json& one) {
    read::cost price;
    const auto found = one.find("cost");
    if (found != one.end() && found->is_object() && found->value("usd", nlohmann::json{}).is_number()) {
        price.priced = 1;
        price.input = std::llround((*found)["usd"].get<double>() * 1e12);
    }
    return dollars(price);
}

/// How it ended, and in which colour that is told.
table_cell ending_of(const nlohmann::json& one, const style& look) {
    const auto dropped = text_member(one, "drop_reason");
    const auto ended = text_member(one, "end_reason");
    const auto status = count_member(one, "status");
    if (status >= 400) {
        return {std::to_string(status), look.red()};
    }
    if (ended != "complete") {
        return {one_line(ended), look.yellow()};
    }
    if (!dropped.empty()) {
        return {one_line(dropped), look.dim()};
    }
    const auto stopped = text_member(one, "stop_reason");
    return {stopped.empty() ? "ok" : one_line(stopped), look.green()};
}

std::vector<table_column> tail_columns() {
    using enum column::side;
    return {{"time (UTC)", left, 0, 0, 14}, {"session", left, 24, 0, 24}, {"agent", left, 12, 5},
            {"model", left, 20, 3, 16},     {"took", right, 0, 2, 6},     {"tokens", right, 0, 4, 6},
            {"cost", right, 0, 1, 7},       {"end", left, 16, 0, 8},      {"said", left, 0, 0, 20}};
}

}  // namespace

tail_lines::tail_lines(printer& out, const screen& to, const tail_request& options)
    : out_{out}, options_{options}, look_{to.look}, rows_{out, to, tail_columns()} {}

void tail_lines::write(std::string_view kind, const std::string& json) {
    const bool shown = kind == "exchange" || (kind == "partial" && options_.partial);
    const auto one = nlohmann::json::parse(json, nullptr, false);
    if (!one.is_object()) {
        return;
    }
    const bool reset = kind == "state" && !text_member(one, "reset").empty();
    if (options_.json) {
        if (shown || reset) {
            out_.json(json);
        }
    } else if (kind == "exchange") {
        write_exchange(one);
    } else if (shown) {
        write_partial(one);
    } else if (reset) {
        out_ << look_.dim() << "-- " << one_line(text_member(one, "reset")) << look_.plain() << "\n";
    }
}

void tail_lines::finish() {
    if (!options_.json) {
        rows_.finish();
    }
}

void tail_lines::write_exchange(const nlohmann::json& one) {
    rows_.add({{moment_of(one), look_.dim()},
               {one_line(session_name(one)), look_.yellow()},
               {one_line(first_known(one, {"agent", "program", "client"}))},
               {one_line(first_known(one, {"model", "response_model"}))},
               {duration_of(one)},
               {tokens_of(one)},
               {cost_of_event(one)},
               ending_of(one, look_),
               {one_line(text_member(one, "said"))}});
}

/// A line for each piece, behind the beginning of its exchange's name.
void tail_lines::write_partial(const nlohmann::json& one) {
    const auto blocks = one.find("blocks");
    if (blocks == one.end() || !blocks->is_array()) {
        return;
    }
    for (const auto& block : *blocks) {
        const auto text = one_line(text_member(block, "text"));
        const auto kind = text_member(block, "kind");
        if (!text.empty() || kind == "call") {
            const auto tool = one_line(text_member(block, "tool"));
            out_ << look_.dim() << moment_of(one) << "  … " << one_line(text_member(one, "exchange")) << " "
                 << one_line(kind) << (tool.empty() ? words{""} : words{" "}) << tool << look_.plain() << "  "
                 << text << "\n";
        }
    }
}

}  // namespace tapes::app
