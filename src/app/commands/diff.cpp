#include "access/open_record.hpp"
#include "commands/comparison_text.hpp"
#include "commands/counted.hpp"
#include "commands/difference_text.hpp"
#include "commands/meant.hpp"
#include "screen/figures.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/read/exchange_difference.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/session_difference.hpp>

#include <optional>
#include <string>

namespace tapes::app {

namespace {

struct message_counts {
    std::uint64_t same = 0, changed = 0, removed = 0, added = 0;
    std::uint64_t removed_bytes = 0, added_bytes = 0;

    void add(const read::message_difference& one) {
        auto& count = one.kind == read::change::same      ? same
                      : one.kind == read::change::changed ? changed
                      : one.kind == read::change::removed ? removed
                                                          : added;
        ++count;
        for (const auto& block : one.blocks) {
            removed_bytes += block.text.removed_bytes;
            added_bytes += block.text.added_bytes;
            for (const auto& value : block.values.values) {
                removed_bytes += value.text.removed_bytes + value.left.bytes;
                added_bytes += value.text.added_bytes + value.right.bytes;
            }
        }
    }
};

class comparison {
public:
    comparison(open_record& record, const compared_records& options, printer& out)
        : record_{record},
          options_{options},
          out_{out},
          to_{screen_of(out, options.screen)},
          text_{out, to_} {}

    void write_chains(std::int64_t left, std::int64_t right);
    bool write_exchanges(std::int64_t left, std::int64_t right);
    bool write_sessions(std::int64_t left, std::int64_t right);

private:
    read::text_unit unit() const {
        return options_.by_lines ? read::text_unit::lines : read::text_unit::words;
    }
    void write_above(const read::chain_difference& told);
    void write_counts(const message_counts& counts);
    void write_thread(const read::thread_comparison& one);
    void json(const read::ordered_json& object) { out_.json(read::dumped(object)); }

    open_record& record_;
    const compared_records& options_;
    printer& out_;
    screen to_;
    difference_text text_;
};

std::string outline_of(const read::chain_side& one) {
    return short_hash(one.hash) + "  " + counted(one.turns, "turn") + ", " + counted(one.nodes, "node");
}

void comparison::write_above(const read::chain_difference& told) {
    out_ << to_.look.red() << "--- " << outline_of(told.left()) << to_.look.plain() << "\n"
         << to_.look.green() << "+++ " << outline_of(told.right()) << to_.look.plain() << "\n"
         << to_.look.dim();
    if (told.common().node == 0) {
        out_ << "  nothing in common at their beginning";
    } else {
        out_ << "  " << counted(told.common().nodes, "node") << " in common ("
             << counted(told.common().turns, "turn") << "), up to " << short_hash(told.common().hash);
    }
    out_ << to_.look.plain() << "\n";
}

void comparison::write_counts(const message_counts& counts) {
    out_ << "  " << counted(counts.same, "message") << " the same behind those, " << counts.changed
         << " changed, " << counts.removed << " removed, " << counts.added << " added; "
         << short_bytes(counts.removed_bytes) << " removed, " << short_bytes(counts.added_bytes)
         << " added\n";
}

void comparison::write_chains(std::int64_t left, std::int64_t right) {
    read::difference_request request;
    request.left = left;
    request.right = right;
    request.unit = unit();
    read::chain_difference told{record_.from(), request};
    options_.json ? json(read::chain_difference_json(told)) : write_above(told);
    message_counts counts;
    for (auto one = told.next(); one && !out_.gone(); one = told.next()) {
        counts.add(*one);
        if (options_.json) {
            json(read::message_difference_json(*one));
        } else if (!options_.stat) {
            text_.write(*one);
        }
    }
    text_.flush_same();
    if (options_.stat) {
        write_counts(counts);
    }
}

bool comparison::write_exchanges(std::int64_t left, std::int64_t right) {
    const auto made = read::compare_exchanges(record_.from(), left, right, unit());
    if (!made) {
        return false;
    }
    if (!options_.json) {
        app::write_exchanges(*made, options_.stat, to_, text_, out_);
        return true;
    }
    json(read::exchange_comparison_json(*made));
    for (const auto& one : made->parts) {
        json(read::part_difference_json(one));
    }
    if (made->answer) {
        json(read::message_difference_json(*made->answer));
    }
    return true;
}

void comparison::write_thread(const read::thread_comparison& one) {
    if (options_.json) {
        json(read::thread_comparison_json(one));
    } else {
        out_ << "\n"
             << to_.look.yellow() << (one.left ? title_of(*one.left) : "none") << " -> "
             << (one.right ? title_of(*one.right) : "none") << to_.look.plain() << "\n";
    }
    if (one.left && one.right && one.left->thread.head != 0 && one.right->thread.head != 0) {
        write_chains(one.left->thread.head, one.right->thread.head);
    }
}

bool comparison::write_sessions(std::int64_t left, std::int64_t right) {
    const auto made = read::compare_sessions(record_.from(), record_.prices(), left, right);
    if (!made) {
        return false;
    }
    options_.json ? json(read::session_comparison_json(*made)) : app::write_sessions(*made, to_, out_);
    for (const auto& one : made->threads) {
        if (out_.gone()) {
            break;
        }
        write_thread(one);
    }
    return true;
}

/// The chain that stands for a thing: a node's own, that of an exchange's answer, that of a session's newest
/// answer. 0: it has none, which is said.
std::int64_t chain_of(read::sources& from, const read::named& meant, printer& err) {
    std::int64_t node = 0;
    if (meant.kind == read::named_kind::node) {
        node = meant.id;
    } else if (meant.kind == read::named_kind::exchange) {
        const auto found = from.find_exchange(meant.id);
        node = found ? found->head : 0;
    } else {
        const auto found = from.catalogue->session_by_id(meant.id);
        node = found ? found->head : 0;
    }
    if (node == 0) {
        err << "tapes: " << read::to_string(meant.kind) << " \"" << meant.name
            << "\" has no turn that could be compared with a chain\n";
    }
    return node;
}

}  // namespace

int show_difference(const config::settings& settings, const compared_records& options, printer& out,
                    printer& err) {
    open_record record{settings};
    auto& from = record.from();
    const auto left = find_meant(from, options.left, err);
    const auto right = left ? find_meant(from, options.right, err) : std::nullopt;
    if (!right) {
        return 1;
    }
    std::int64_t left_node = 0;
    std::int64_t right_node = 0;
    const bool alike = left->kind == right->kind;
    if (!alike || left->kind == read::named_kind::node) {
        left_node = chain_of(from, *left, err);
        right_node = left_node == 0 ? 0 : chain_of(from, *right, err);
        if (right_node == 0) {
            return 1;
        }
    }
    if (!alike) {
        err << "tapes: " << read::to_string(left->kind) << " against " << read::to_string(right->kind)
            << ": their chains are compared\n";
    }
    const pager reader{out, options.screen};
    comparison made{record, options, out};
    if (left_node != 0) {
        made.write_chains(left_node, right_node);
        return 0;
    }
    const bool found = left->kind == read::named_kind::exchange ? made.write_exchanges(left->id, right->id)
                                                                : made.write_sessions(left->id, right->id);
    return found ? 0 : 1;
}

}  // namespace tapes::app
