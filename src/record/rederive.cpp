#include "kept.hpp"
#include "past.hpp"
#include "turn.hpp"

#include <tapes/record/rederive.hpp>
#include <tapes/record/volatile_sets.hpp>
#include <tapes/store/node_difference.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace tapes::record {

namespace {

using capture::drop_reason;

constexpr std::uint64_t rederive_budget_bytes = 4ULL << 30;
constexpr std::chrono::seconds longest_commit{60};

/// What a row alone has, as an entry without a turn.
void copy_row(const store::kept_exchange& row, store::entry& out) {
    out.api = row.api;
    out.target = row.target;
    out.session = row.session;
    out.model = row.model;
    out.response_model = row.response_model;
    out.response_id = row.response_id;
    out.streamed = row.streamed;
    out.used = row.used;
    out.stop_reason = row.stop_reason;
    out.dropped = row.dropped == drop_reason::none ? drop_reason::store_error : row.dropped;
}

/// Of its first choice; of what it asks where there is no answer.
merkle::digest head_hash(const store::entry& turn) {
    const auto answer = std::ranges::find_if(turn.nodes, [](const auto& one) { return one.choice >= 0; });
    if (answer != turn.nodes.end()) {
        return answer->node.position.hash;
    }
    return turn.nodes.empty() ? turn.above->position.hash : turn.nodes.back().node.position.hash;
}

/// The new store, and the old one's exchanges on their way into it.
class rederive_work {
public:
    rederive_work(const rederive_options& how, store::exchange_reader& rows)
        : wire_{how.from},
          lock_{{how.to, store::synchronous::normal, rows.redaction_key()}},
          out_{lock_, account_, {}},
          past_{how.to, out_},
          old_{how.from} {
        const auto note = store::reader{how.from}.note(volatile_sets_note).value_or(std::string{});
        for (auto& set : possible_volatile_sets(note, how.volatile_system)) {
            makers_.push_back(std::make_unique<turn_maker>(settings{0, wire_policy::all, std::move(set), {}},
                                                           lock_.redaction_key()));
        }
        if (const auto sets = with_volatile_set(note, how.volatile_system); !sets.empty()) {
            out_.save_note(volatile_sets_note, sets);
        }
    }

    void one(const store::kept_exchange& row, rederive_report& told) {
        auto made = make(row, told);
        made->before = {row.committed_at_us, row.request_bytes, row.response_bytes};
        ++told.exchanges;
        const bool turn = made->dropped == drop_reason::none;
        told.turns += turn ? 1 : 0;
        if (turn && row.dropped != drop_reason::none) {
            ++told.new_turns;
            added_.push_back(static_cast<std::int64_t>(told.exchanges));
        }
        account_.accept();
        std::vector<std::unique_ptr<store::entry>> group;
        group.push_back(std::move(made));
        out_.submit(std::move(group));
        // The next one may go on from it.
        if (out_.wait_past(told.exchanges - 1, longest_commit) < told.exchanges) {
            throw std::runtime_error{"the new store cannot be written: " + out_.status().error};
        }
    }

    void finish() { out_.stop(std::chrono::steady_clock::now() + longest_commit); }

    /// Log rows of turns that were none before.
    const std::vector<std::int64_t>& added() const noexcept { return added_; }

private:
    std::unique_ptr<store::entry> make(const store::kept_exchange& row, rederive_report& told) {
        const auto kept = wire_.read(row.seq);
        if (!kept) {
            auto bare = std::make_unique<store::entry>();
            bare->exchange = make_kept(row, nullptr, answer_form::as_it_came, limits_);
            copy_row(row, *bare);
            told.without_bytes += row.dropped == drop_reason::none ? 1 : 0;
            return bare;
        }
        auto made = make_as_before(row, *kept, answer_form::as_it_came);
        if (made->dropped != drop_reason::none && made->dropped != row.dropped && may_be_object(*kept)) {
            made = make_as_before(row, *kept, answer_form::object);
            made->streamed = row.streamed;
        }
        made->wire.request_decoded = made->wire.request_decoded || kept->request_decoded;
        made->wire.response_decoded = made->wire.response_decoded || kept->response_decoded;
        told.lost_turns += row.dropped == drop_reason::none && made->dropped != drop_reason::none ? 1 : 0;
        return made;
    }

    /// Under the patterns that give the answer it had; where none do, the present ones.
    std::unique_ptr<store::entry> make_as_before(const store::kept_exchange& row,
                                                 const store::kept_wire& kept, answer_form form) {
        std::unique_ptr<store::entry> first;
        for (const auto& maker : makers_) {
            auto made = maker->make(make_kept(row, &kept, form, limits_), &past_);
            if (row.head == 0 || made->dropped != drop_reason::none ||
                head_hash(*made) == old_.place(row.head).position.hash) {
                return made;
            }
            if (!first) {
                first = std::move(made);
            }
        }
        return first;
    }

    store::wire_reader wire_;
    capture::budget limits_{rederive_budget_bytes, 0};
    store::store_lock lock_;
    capture::ledger account_;
    store::writer out_;
    past past_;
    store::history old_;
    std::vector<std::unique_ptr<turn_maker>> makers_;  ///< a set of patterns each, the present one first
    std::vector<std::int64_t> added_;
};

void compare(const rederive_options& how, const std::vector<std::int64_t>& added, rederive_report& told) {
    const auto differs = [&](const char* where, const merkle::digest& hash) {
        if (how.on_difference) {
            how.on_difference(std::string{"only in the "} + where + " store: node " + merkle::to_hex(hash));
        }
    };
    store::compare_nodes(how.from, how.to, added, [&](const store::lone_node& one) {
        if (!one.in_first) {
            ++(one.expected ? told.new_nodes : told.other_nodes);
            if (!one.expected) {
                differs("new", one.hash);
            }
        } else if (one.origin == store::node_origin::kept_exchange) {
            ++told.missing_nodes;
            differs("old", one.hash);
        } else {
            ++(one.origin == store::node_origin::elsewhere ? told.imported_nodes : told.without_bytes_nodes);
        }
    });
}

}  // namespace

rederive_report rederive(const rederive_options& how) {
    store::check_store(how.from);
    std::error_code ignored;
    if (std::filesystem::exists(how.to, ignored)) {
        throw store::open_error{"store " + how.to + " is there already; give the path of a new file"};
    }
    rederive_report told;
    store::exchange_reader rows{how.from};
    const auto last = rows.last_seq();
    std::vector<std::int64_t> added;
    {
        rederive_work work{how, rows};
        for (std::int64_t at = 0; at < last;) {
            const auto page = rows.read(at);
            if (page.empty()) {
                break;
            }
            for (const auto& row : page) {
                at = row.seq;
                if (at <= last) {
                    work.one(row, told);
                }
            }
            if (how.on_progress) {
                how.on_progress("exchanges", static_cast<std::uint64_t>(at),
                                static_cast<std::uint64_t>(last));
            }
        }
        work.finish();
        added = work.added();
    }
    compare(how, added, told);
    return told;
}

}  // namespace tapes::record
