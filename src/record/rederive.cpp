#include "earlier_turns.hpp"
#include "restored_exchange.hpp"
#include "stored_exchanges.hpp"
#include "turn_maker.hpp"

#include <tapes/llm/later_request.hpp>
#include <tapes/record/rederive.hpp>
#include <tapes/record/volatile_sets.hpp>
#include <tapes/store/node_difference.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/unfinished.hpp>
#include <tapes/store/writer.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace tapes::record {

namespace {

using capture::drop_reason;

constexpr std::chrono::seconds longest_commit{60};

/// Copies what a row alone holds into an entry without a turn.
void copy_row(const store::kept_exchange& row, store::entry& out) {
    out.api = row.api;
    out.target = row.target;
    out.session = row.session;
    out.model = row.model;
    out.response_model = row.response_model;
    out.response_id = row.response_id;
    out.streamed = row.streamed;
    out.used = row.used;
    out.reading = row.reading;
    out.sender = row.sender;
    out.stop_reason = row.stop_reason;
    out.dropped = row.dropped == drop_reason::none ? drop_reason::store_error : row.dropped;
}

/// Returns the hash of the first choice, or of the last message where there is no answer.
merkle::digest head_hash(const store::entry& turn) {
    const auto answer = std::ranges::find_if(turn.nodes, [](const auto& one) { return one.choice >= 0; });
    if (answer != turn.nodes.end()) {
        return answer->node.position.hash;
    }
    return !turn.nodes.empty() ? turn.nodes.back().node.position.hash
           : turn.above        ? turn.above->position.hash
                               : merkle::digest{};
}

/// Returns the hash of the last message of the request.
merkle::digest question_hash(const store::entry& turn) {
    const auto answer = std::ranges::find_if(turn.nodes, [](const auto& one) { return one.choice >= 0; });
    if (answer == turn.nodes.begin() || turn.nodes.empty()) {
        return turn.above ? turn.above->position.hash : merkle::digest{};
    }
    return std::prev(answer)->node.position.hash;
}

/// Writes the exchanges of an old store into a new one.
class rederive_work {
public:
    rederive_work(const rederive_options& options, const store::unfinished_store& to,
                  store::exchange_reader& rows)
        : wire_{options.from},
          lock_{{to.path(), store::synchronous::normal, rows.redaction_key()}},
          out_{to.marked(lock_, "rederive"), account_, {}},
          earlier_{to.path(), out_},
          old_{options.from},
          makers_{make_turn_makers(options.from, options.volatile_system, wire_policy::all,
                                   lock_.redaction_key())} {
        const auto note = store::reader{options.from}.note(volatile_sets_note).value_or(std::string{});
        if (const auto sets = with_volatile_set(note, options.volatile_system); !sets.empty()) {
            out_.save_note(volatile_sets_note, sets);
        }
    }

    void add(const store::kept_exchange& row, rederive_report& report) {
        auto made = make(row, report);
        made->before = {row.committed_at_us,        row.request_bytes,           row.response_bytes,
                        row.captured_request_bytes, row.captured_response_bytes, row.times};
        ++report.exchanges;
        const bool turn = made->dropped == drop_reason::none;
        report.turns += turn ? 1 : 0;
        const bool new_turn = turn && row.dropped != drop_reason::none;
        report.new_turns += new_turn ? 1 : 0;
        account_.accept();
        std::vector<std::unique_ptr<store::entry>> group;
        group.push_back(std::move(made));
        const auto before = out_.last_seq();
        if (new_turn) {
            new_turns_.push_back(static_cast<std::int64_t>(before + 1));
        }
        out_.submit(std::move(group));
        // The next exchange may go on from this one.
        if (out_.wait_past(before, longest_commit) <= before) {
            throw std::runtime_error{"the new store cannot be written: " + out_.status().error};
        }
    }

    void finish() { out_.stop(std::chrono::steady_clock::now() + longest_commit); }

    /// Returns the log rows of the new store whose exchanges were no turns in the old one.
    const std::vector<std::int64_t>& new_turns() const noexcept { return new_turns_; }

private:
    std::unique_ptr<store::entry> make(const store::kept_exchange& row, rederive_report& report) {
        const auto wire = wire_.read(row.seq);
        if (!wire) {
            auto bare = std::make_unique<store::entry>();
            bare->exchange = restore_exchange(row, nullptr, answer_form::as_it_came, limits_);
            copy_row(row, *bare);
            place_again(row, *bare);
            report.without_bytes += row.dropped == drop_reason::none ? 1 : 0;
            return bare;
        }
        auto made = make_as_before(row, *wire, answer_form::as_it_came);
        if (made->dropped != drop_reason::none && made->dropped != row.dropped && may_be_object(*wire)) {
            made = make_as_before(row, *wire, answer_form::object);
            made->streamed = row.streamed;
        }
        made->wire.request_decoded = made->wire.request_decoded || wire->request_decoded;
        made->wire.response_decoded = made->wire.response_decoded || wire->response_decoded;
        made->wire.digest.reset();  // it is that of the flags before
        report.lost_turns += row.dropped == drop_reason::none && made->dropped != drop_reason::none ? 1 : 0;
        return made;
    }

    /// An exchange about an earlier answer is about one that has another number here.
    void place_again(const store::kept_exchange& row, store::entry& out) {
        if (row.answer_of == 0) {
            return;
        }
        const auto about = llm::find_later_request(row.method, row.target.empty() ? row.path : row.target);
        const auto asked = about ? earlier_.asked(about->id, row.provider) : std::nullopt;
        out.answer_of = asked ? asked->exchange : 0;
    }

    /// Tells whether the turn has the question of the row, and its answer, unless that came later.
    bool is_same(const store::kept_exchange& row, const store::entry& made) {
        if (row.head == 0 || made.dropped != drop_reason::none) {
            return true;
        }
        if (old_.fetches(row.seq).empty()) {
            return head_hash(made) == old_.place(row.head).position.hash;
        }
        const auto asked = question_hash(made);
        const auto above = old_.parent(row.head);
        return asked == old_.place(row.head).position.hash ||
               asked == (above != 0 ? old_.place(above).position.hash : merkle::digest{});
    }

    /// Makes the entry under the patterns that give the answer that is stored; where none do, under the
    /// present ones.
    std::unique_ptr<store::entry> make_as_before(const store::kept_exchange& row,
                                                 const store::kept_wire& wire, answer_form form) {
        std::unique_ptr<store::entry> first;
        for (const auto& maker : makers_) {
            auto made = maker->make(restore_exchange(row, &wire, form, limits_), &earlier_);
            if (is_same(row, *made)) {
                return made;
            }
            if (!first) {
                first = std::move(made);
            }
        }
        return first;
    }

    store::wire_reader wire_;
    capture::budget limits_{restore_budget_bytes, 0};
    store::store_lock lock_;
    capture::ledger account_;
    store::writer out_;
    earlier_turns earlier_;
    store::history old_;
    std::vector<std::unique_ptr<turn_maker>> makers_;  ///< a set of patterns each, the present one first
    std::vector<std::int64_t> new_turns_;
};

void compare(const rederive_options& options, const std::vector<std::int64_t>& added,
             rederive_report& report) {
    const auto differs = [&](const char* store, const merkle::digest& hash) {
        if (options.on_difference) {
            options.on_difference(std::string{"only in the "} + store + " store: node " +
                                  merkle::to_hex(hash));
        }
    };
    store::compare_nodes(options.from, options.to, added, [&](const store::lone_node& one) {
        if (!one.in_first) {
            ++(one.expected ? report.new_nodes : report.other_nodes);
            if (!one.expected) {
                differs("new", one.hash);
            }
        } else if (one.origin == store::node_origin::kept_exchange) {
            ++report.missing_nodes;
            differs("old", one.hash);
        } else {
            ++(one.origin == store::node_origin::elsewhere ? report.imported_nodes
                                                           : report.without_bytes_nodes);
        }
    });
}

}  // namespace

rederive_report rederive(const rederive_options& options) {
    store::check_store(options.from);
    store::unfinished_store to{options.to};
    rederive_report report;
    store::exchange_reader rows{options.from};
    std::vector<std::int64_t> added;
    {
        rederive_work work{options, to, rows};
        visit_exchanges(rows, "exchanges", options.on_progress,
                        [&](const store::kept_exchange& row) { work.add(row, report); });
        work.finish();
        added = work.new_turns();
    }
    to.finish();
    compare(options, added, report);
    return report;
}

}  // namespace tapes::record
