#include "kept.hpp"
#include "past.hpp"
#include "turn.hpp"

#include <tapes/record/rederive.hpp>
#include <tapes/record/volatile_sets.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/store.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

constexpr std::uint64_t recheck_budget_bytes = 4ULL << 30;

std::string quoted(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

/// Compares one exchange after the other.
class recheck_work {
public:
    recheck_work(const recheck_options& how, store::findings& wrong)
        : wrong_{wrong}, rows_{how.path}, wire_{how.path}, past_{how.path} {
        const auto key = rows_.redaction_key();
        const auto note = store::reader{how.path}.note(volatile_sets_note).value_or(std::string{});
        for (auto& set : possible_volatile_sets(note, how.volatile_system)) {
            settings with;
            with.volatile_system = std::move(set);
            makers_.push_back(std::make_unique<turn_maker>(with, key));
        }
    }

    store::exchange_reader& rows() noexcept { return rows_; }

    void check(const store::kept_exchange& row, recheck_figures& seen) {
        const auto name = "exchange " + std::to_string(row.seq) + " (" + capture::to_string(row.id) + "): ";
        try {
            const auto wire = wire_.read(row.seq);
            if (!wire) {
                ++seen.without_bytes;
            } else if (row.mapping_version != store::entry{}.mapping_version ||
                       row.dropped == drop_reason::over_budget || row.dropped == drop_reason::store_error) {
                ++seen.not_mapped;
            } else {
                ++seen.mapped;
                if (const auto complaint = compare(row, *wire); !complaint.empty()) {
                    wrong_.add(name + complaint);
                }
            }
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& failure) {
            wrong_.add(name + failure.what());
        }
    }

private:
    std::string compare(const store::kept_exchange& row, const store::kept_wire& wire) {
        std::string first;
        for (const auto& maker : makers_) {
            for (const auto form : {answer_form::as_it_came, answer_form::object}) {
                if (form == answer_form::object && !may_be_object(wire)) {
                    continue;
                }
                auto complaint = compare(*maker, row, make_kept(row, &wire, form, limits_));
                if (complaint.empty()) {
                    return complaint;
                }
                if (first.empty()) {
                    first = std::move(complaint);
                }
            }
        }
        return first;
    }

    std::string compare(const turn_maker& maker, const store::kept_exchange& row,
                        std::unique_ptr<capture::exchange> ended) {
        std::string unplaced;
        const turn_maker::recorded how{
            [this](std::string_view id) { return past_.item(id); },
            [&](asked& request) { unplaced = place(row, request); },
        };
        const auto made = maker.make_again(std::move(ended), how);
        if (made->dropped != row.dropped) {
            const auto said = [](drop_reason reason) {
                return reason == drop_reason::none ? std::string{"a turn"}
                                                   : std::string{capture::name_of(reason)};
            };
            return "is kept as " + said(row.dropped) + ", its bytes give " + said(made->dropped);
        }
        if (made->dropped != drop_reason::none) {
            return {};
        }
        if (!unplaced.empty()) {
            return unplaced;
        }
        auto complaint = compare_answers(row, *made);
        for (const auto compare :
             {&recheck_work::compare_matches, &recheck_work::compare_texts, &recheck_work::compare_names}) {
            if (complaint.empty()) {
                complaint = (this->*compare)(row, *made);
            }
        }
        return complaint;
    }

    /// Where a request that names an earlier answer hangs from is where the stored chain does, which must be
    /// an answer of that name.
    std::string place(const store::kept_exchange& row, asked& out) {
        auto& request = out.request;
        const bool by_response = !request.previous_response_id.empty();
        if (!by_response && request.conversation.empty()) {
            return {};
        }
        const auto& name = by_response ? request.previous_response_id : request.conversation;
        auto id = row.head;
        const auto own = request.messages.size() + (request.only_prepares ? 0 : 1);
        for (std::size_t i = 0; i < own && id != 0; ++i) {
            id = past_.nodes.parent(id);
        }
        const auto above = id != 0 ? past_.nodes.node(id) : std::nullopt;
        if (!above) {
            return "its request goes on from " + quoted(name) + ", its nodes from nothing";
        }
        auto beginning = unresolved(by_response ? "previous_response_id" : "conversation", name);
        if (!above->parent && above->content == merkle::event_content(beginning.content)) {
            request.messages.insert(request.messages.begin(), std::move(beginning));
            return {};
        }
        out.from = {past_.nodes.place(id), 0, 0};
        return rows_.is_answer(id, row.seq, by_response ? name : std::string{})
                   ? std::string{}
                   : "goes on from node " + std::to_string(id) + ", which is no answer named " + quoted(name);
    }

    std::string compare_answers(const store::kept_exchange& row, const store::entry& made) {
        const bool prepared =
            std::ranges::none_of(made.nodes, [](const auto& one) { return one.choice >= 0; });
        if (prepared) {
            const bool same = made.nodes.empty() ? made.above && made.above->id == row.head
                                                 : is_node(row.head, made.nodes.back().node);
            return same ? std::string{} : "its head is not what its bytes ask";
        }
        auto stored = rows_.choices(row.seq);
        if (stored.empty()) {
            stored.emplace_back(0, row.head);
        }
        std::size_t at = 0;
        for (const auto& one : made.nodes) {
            if (one.choice < 0) {
                continue;
            }
            const auto named = at < stored.size() && (stored.size() == 1 || stored[at].first == one.choice)
                                   ? stored[at].second
                                   : 0;
            if (!is_node(named, one.node)) {
                return "its bytes give the answer " + merkle::to_hex(one.node.position.hash) + ", kept is " +
                       (named == 0 ? "none" : merkle::to_hex(past_.nodes.place(named).position.hash));
            }
            ++at;
        }
        return at == stored.size() ? std::string{} : "has more answers than its bytes give";
    }

    /// The chain may hold what the request's history has left out.
    bool is_node(std::int64_t id, const merkle::node& made) {
        const auto stored = id != 0 ? past_.nodes.place(id) : store::known_node{};
        if (stored.id == 0) {
            return false;
        }
        if (stored.position.hash == made.position.hash) {
            return stored.position.match == made.position.match;
        }
        const auto whole = past_.nodes.node(id);
        return stored.position.match == made.position.match && whole && whole->content == made.content;
    }

    /// Of the nodes that came with it; those above them came with an earlier exchange.
    std::string compare_matches(const store::kept_exchange& row, const store::entry& made) {
        const auto first = rows_.first_node(row.seq);
        const auto head = std::ranges::find_if(made.nodes, [](const auto& one) { return one.choice >= 0; });
        auto at = static_cast<int>(head - made.nodes.begin()) - (head == made.nodes.end() ? 1 : 0);
        for (auto id = row.head; at >= 0 && first != 0 && id >= first; id = past_.nodes.parent(id)) {
            const auto& one = made.nodes[static_cast<std::size_t>(at)];
            if (past_.nodes.place(id).position.match != one.node.position.match) {
                return "its bytes give another match for node " + std::to_string(id);
            }
            at = one.parent;
        }
        return {};
    }

    /// The newest answer of a name is the one that a later request finds by it.
    std::string compare_names(const store::kept_exchange& row, const store::entry& made) {
        if (!made.stateful) {
            return {};
        }
        auto& nodes = past_.nodes;
        const auto lost = [&](const std::optional<store::history::answered>& found) {
            return !found || found->exchange < row.seq;
        };
        if (!made.response_id.empty() && lost(nodes.by_response(made.response_id))) {
            return "is not found by its response_id " + quoted(made.response_id);
        }
        if (!made.conversation.empty() && lost(nodes.by_conversation(made.conversation))) {
            return "is not found by its conversation " + quoted(made.conversation);
        }
        const auto item = std::ranges::find_if(
            made.item_ids, [&](const auto& id) { return !id.empty() && lost(nodes.by_item(id)); });
        return item != made.item_ids.end() ? "is not found by its item " + quoted(*item) : std::string{};
    }

    std::string compare_texts(const store::kept_exchange& row, const store::entry& made) {
        struct text {
            std::string_view name;
            const std::string& kept;
            const std::string& given;
        };
        for (const auto& one : {text{"api", row.api, made.api}, text{"model", row.model, made.model},
                                text{"response_model", row.response_model, made.response_model},
                                text{"response_id", row.response_id, made.response_id},
                                text{"stop_reason", row.stop_reason, made.stop_reason}}) {
            if (one.kept != one.given) {
                return "its " + std::string{one.name} + " is " + quoted(one.kept) + ", its bytes give " +
                       quoted(one.given);
            }
        }
        return row.used == made.used ? std::string{} : "its usage is not what its bytes give";
    }

    capture::budget limits_{recheck_budget_bytes, 0};
    store::findings& wrong_;
    store::exchange_reader rows_;
    store::wire_reader wire_;
    past past_;
    std::vector<std::unique_ptr<turn_maker>> makers_;
};

}  // namespace

recheck_figures recheck(const recheck_options& how, store::findings& wrong) {
    store::check_store(how.path);
    recheck_figures seen;
    try {
        recheck_work work{how, wrong};
        const auto last = work.rows().last_seq();
        for (std::int64_t at = 0; at < last;) {
            const auto rows = work.rows().read(at);
            if (rows.empty()) {
                break;
            }
            for (const auto& row : rows) {
                if (row.seq <= last) {
                    work.check(row, seen);
                }
                at = row.seq;
            }
            if (how.on_progress) {
                how.on_progress("bytes", static_cast<std::uint64_t>(at), static_cast<std::uint64_t>(last));
            }
        }
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& failure) {
        wrong.add(std::string{"exchanges cannot be read: "} + failure.what());
    }
    return seen;
}

}  // namespace tapes::record
