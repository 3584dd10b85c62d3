#include "commands/comparison_text.hpp"

#include "commands/counted.hpp"
#include "commands/difference_text.hpp"
#include "commands/moments.hpp"
#include "screen/figures.hpp"
#include "screen/table.hpp"

#include <tapes/catalogue/names.hpp>

#include <initializer_list>
#include <string>
#include <utility>

namespace tapes::app {

namespace {

/// Two columns of figures, in colour where they differ.
class figure_table {
public:
    figure_table(printer& out, const screen& to) : look_{to.look}, rows_{out, to, {{""}, {"A"}, {"B"}}} {}

    void add(std::string_view name, const std::string& left, const std::string& right) {
        if (left.empty() && right.empty()) {
            return;
        }
        const bool same = left == right;
        rows_.add({{std::string{name}, look_.dim()},
                   {left.empty() ? "-" : left, same ? words{""} : look_.red()},
                   {right.empty() ? "-" : right, same ? words{""} : look_.green()}});
    }
    void finish() { rows_.finish(); }

private:
    const style& look_;
    table rows_;
};

std::string duration_between(std::int64_t from_us, std::int64_t to_us) {
    return from_us == 0 || to_us == 0 ? std::string{} : short_duration(to_us - from_us);
}

struct told_exchange {
    const read::exchange_side& side;

    std::string model() const {
        const auto& one = side.told;
        const bool other = !one.response_model.empty() && one.response_model != one.model;
        return one_line(one.model) + (other ? " (" + one_line(one.response_model) + ")" : "");
    }
    std::string tokens() const {
        if (!side.told.tokens) {
            return {};
        }
        const auto& used = *side.told.tokens;
        return grouped(used.context()) + " in (" + share_of(used.cache_read, used.context()) + " cached), " +
               grouped(used.output) + " out";
    }
    std::string state() const {
        const auto& one = side.told;
        const auto status = one.status == 0 ? std::string{"no answer"} : std::to_string(one.status);
        return status + " " + one.end_reason +
               (one.stop_reason.empty() ? "" : ", " + one_line(one.stop_reason)) +
               (one.drop_reason.empty() ? "" : ", no turn: " + one.drop_reason);
    }
};

void write_exchange_figures(const read::exchange_comparison& from, const screen& to, printer& out) {
    const told_exchange left{from.left};
    const told_exchange right{from.right};
    const auto& a = from.left.told;
    const auto& b = from.right.told;
    figure_table rows{out, to};
    rows.add("exchange", a.id, b.id);
    rows.add("time", shown_moment(a.accepted_at_us), shown_moment(b.accepted_at_us));
    rows.add("path", one_line(a.method + " " + a.path), one_line(b.method + " " + b.path));
    rows.add("model", left.model(), right.model());
    rows.add("ended", left.state(), right.state());
    rows.add("first byte", duration_between(a.accepted_at_us, a.first_byte_at_us),
             duration_between(b.accepted_at_us, b.first_byte_at_us));
    rows.add("took", duration_between(a.accepted_at_us, a.last_byte_at_us),
             duration_between(b.accepted_at_us, b.last_byte_at_us));
    rows.add("tokens", left.tokens(), right.tokens());
    rows.add("cost", a.price.priced == 0 ? "" : dollars(a.price),
             b.price.priced == 0 ? "" : dollars(b.price));
    rows.add("request", short_bytes(a.request_bytes), short_bytes(b.request_bytes));
    rows.add("answer", short_bytes(a.response_bytes), short_bytes(b.response_bytes));
    rows.finish();
}

void write_side_notes(const read::exchange_side& side, words name, const screen& to, printer& out) {
    if (!side.has_bytes) {
        out << to.look.yellow() << "The bytes of " << name << " were not kept; see record.wire."
            << to.look.plain() << "\n";
    } else if (!side.fault.empty()) {
        out << to.look.yellow() << "The request of " << name << " could not be read whole: " << side.fault
            << to.look.plain() << "\n";
    }
    if (!side.goes_on_from.empty()) {
        out << to.look.yellow() << "The request of " << name << " goes on from "
            << one_line(side.goes_on_from) << ", whose history is not in it." << to.look.plain() << "\n";
    }
}

void write_fields(std::string_view title, const std::vector<read::field_difference>& fields,
                  difference_text& text) {
    if (fields.empty()) {
        return;
    }
    text.write_title(title);
    for (const auto& one : fields) {
        const auto named = [&](const std::string& value) {
            return value.empty() ? std::string{} : one.name + ": " + value;
        };
        text.write_values(named(one.left), named(one.right));
    }
}

std::string title_of_part(const read::part_difference& one) {
    auto made = std::string{read::to_string(one.kind)} + ": " + std::string{read::to_string(one.part)};
    const auto& side = one.right ? *one.right : *one.left;
    if (one.part == read::part_kind::message || one.part == read::part_kind::system) {
        made += " " + std::to_string(side.number + 1);
        made += side.block == 0 ? "" : ", block " + std::to_string(side.block + 1);
    }
    made += one.name.empty() ? "" : " " + one_line(one.name);
    return one.type.empty() || one.type == "text" ? made : made + " (" + one_line(one.type) + ")";
}

void write_part(const read::part_difference& one, difference_text& text) {
    text.write_title(title_of_part(one));
    if (one.left && one.right && one.left->cache_control != one.right->cache_control) {
        const auto named = [](const std::string& mark) {
            return "cache_control: " + (mark.empty() ? "none" : mark);
        };
        text.write_values(named(one.left->cache_control), named(one.right->cache_control));
    }
    if (!one.only_cache_control) {
        one.values.compared ? text.write(one.values) : text.write(one.text);
    }
}

void write_part_counts(const read::exchange_comparison& from, printer& out) {
    std::uint64_t removed = 0;
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    for (const auto& one : from.parts) {
        (one.kind == read::change::removed ? removed
         : one.kind == read::change::added ? added
                                           : changed) += 1;
    }
    out << counted(from.same_parts, "part") << " of the requests the same, " << changed << " changed, "
        << removed << " removed, " << added << " added\n";
}

}  // namespace

void write_exchanges(const read::exchange_comparison& from, bool stat, const screen& to,
                     difference_text& text, printer& out) {
    write_exchange_figures(from, to, out);
    write_side_notes(from.left, words{"A"}, to, out);
    write_side_notes(from.right, words{"B"}, to, out);
    if (from.left.has_bytes && from.right.has_bytes) {
        write_part_counts(from, out);
    }
    if (stat) {
        return;
    }
    write_fields("fields of the request", from.request_fields, text);
    write_fields("fields of the answer", from.response_fields, text);
    if (from.tools_reordered) {
        text.write_title("tools of the same names stand in another order");
    }
    for (const auto& one : from.parts) {
        if (out.gone()) {
            return;
        }
        write_part(one, text);
    }
    if (from.more_parts != 0) {
        text.write_title(counted(from.more_parts, "more part") + " of the requests");
    }
    if (from.answer && from.answer->kind != read::change::same) {
        text.write_title("the answer");
        text.write_blocks(*from.answer);
    } else if (from.answer) {
        text.write_title("the answers say the same");
    }
}

std::string title_of(const read::thread_side& one) {
    return "thread " + std::to_string(one.number) + " (" +
           std::string{catalogue::to_string(one.thread.kind)} + "), " + counted(one.thread.turns, "turn");
}

void write_sessions(const read::session_comparison& from, const screen& to, printer& out) {
    const auto& a = from.left.session;
    const auto& b = from.right.session;
    figure_table rows{out, to};
    rows.add("session", one_line(a.name), one_line(b.name));
    rows.add("title", one_line(a.title), one_line(b.title));
    rows.add("model", one_line(a.model), one_line(b.model));
    rows.add("began", shown_moment(a.first_at_us), shown_moment(b.first_at_us));
    rows.add("took", duration_between(a.first_at_us, a.last_end_us),
             duration_between(b.first_at_us, b.last_end_us));
    rows.add("turns", std::to_string(a.turns), std::to_string(b.turns));
    rows.add("threads", std::to_string(a.threads), std::to_string(b.threads));
    rows.add("errors", std::to_string(a.errors), std::to_string(b.errors));
    rows.add("input", grouped(a.tokens.input), grouped(b.tokens.input));
    rows.add("cache read", grouped(a.tokens.cache_read), grouped(b.tokens.cache_read));
    rows.add("cache write", grouped(a.tokens.written()), grouped(b.tokens.written()));
    rows.add("output", grouped(a.tokens.output), grouped(b.tokens.output));
    rows.add("cost", dollars(from.left.price), dollars(from.right.price));
    for (const auto& one : from.tools) {
        const auto calls = [](std::uint64_t count, std::uint64_t errors) {
            return std::to_string(count) + (errors == 0 ? "" : " (" + counted(errors, "error") + ")");
        };
        rows.add("calls of " + one_line(one.tool), calls(one.left_calls, one.left_errors),
                 calls(one.right_calls, one.right_errors));
    }
    rows.finish();
}

}  // namespace tapes::app
