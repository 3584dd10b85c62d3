#include "answer_forms.hpp"
#include "content_agreement.hpp"
#include "derived_names.hpp"
#include "derived_pieces.hpp"
#include "derived_variants.hpp"
#include "earlier_items.hpp"
#include "earlier_turns.hpp"
#include "former_heads.hpp"
#include "gathered_answer.hpp"
#include "restored_exchange.hpp"
#include "stored_exchanges.hpp"
#include "turn_again.hpp"
#include "turn_comparison.hpp"
#include "turn_maker.hpp"

#include <tapes/record/rederive.hpp>
#include <tapes/store/store.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// Maps the stored bytes of one exchange after the other, and compares.
class recheck_work {
public:
    recheck_work(const recheck_options& options, store::findings& findings)
        : findings_{findings},
          rows_{options.path},
          wire_{options.path},
          earlier_{options.path},
          makers_{make_turn_makers(options.path, options.volatile_system, wire_policy::none,
                                   rows_.redaction_key())},
          comparison_{rows_, earlier_.history},
          derived_{options.path},
          answers_{earlier_.history, wire_} {}

    store::exchange_reader& rows() noexcept { return rows_; }

    void check(const store::kept_exchange& row, recheck_figures& figures) {
        const auto name = "exchange " + std::to_string(row.seq) + " (" + capture::to_string(row.id) + "): ";
        made_.reset();
        try {
            const auto wire = wire_.read(row.seq);
            if (!wire) {
                ++figures.without_bytes;
            } else if (!is_mapped(row)) {
                ++figures.not_mapped;
            } else if (read_fetched(row); fetched_ && fetched_->object.empty() && !fetched_->deleted) {
                ++figures.without_bytes;
            } else {
                ++figures.mapped;
                if (const auto complaint = compare(row, *wire); !complaint.empty()) {
                    findings_.add(name + complaint);
                    made_.reset();
                }
            }
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& failure) {
            findings_.add(name + failure.what());
            made_.reset();
        }
        if (made_) {
            items_.add(row, *made_);
        }
        const auto take = [&](auto& derived) { made_ ? derived.add(row, *made_) : derived.pass(row); };
        take(names_);
        take(variants_);
        take(pieces_);
    }

    /// Checks what stands beside the exchanges, of which some may have to be made again. Call it once, after
    /// the last of them.
    void finish(const store::progress& on_progress, recheck_figures& figures) {
        const turn_again again = [this](std::int64_t exchange) { return make_again(exchange); };
        if (pieces_.is_open()) {
            visit_exchanges(rows_, "pieces", on_progress,
                            [&](const store::kept_exchange& row) { pieces_.add_again(row, again); });
        }
        figures.unproved =
            names_.finish(again, findings_) + variants_.finish(findings_) + pieces_.finish(findings_);
    }

private:
    /// What was given up may become something else when it is mapped again.
    static bool is_mapped(const store::kept_exchange& row) {
        constexpr std::array given_up{drop_reason::over_budget, drop_reason::work_limit,
                                      drop_reason::store_error};
        return row.mapping_version == store::entry{}.mapping_version &&
               std::ranges::find(given_up, row.dropped) == given_up.end() &&
               !capture::is_about_earlier(row.dropped);
    }

    /// Reads the answer of an exchange for which a later one has fetched it.
    void read_fetched(const store::kept_exchange& row) {
        fetched_.reset();
        const auto* const spoken = llm::find_api(row.method == "GET" ? "POST" : row.method, row.path);
        if (spoken != nullptr && row.dropped == drop_reason::none &&
            !earlier_.history.fetches(row.seq).empty()) {
            fetched_ = answers_.read(*spoken, row.seq);
        }
    }

    /// Restores the exchange, with the answer that was fetched later in the place of its own.
    std::unique_ptr<capture::exchange> restore(const store::kept_exchange& row, const store::kept_wire& wire,
                                               answer_form form) {
        if (!fetched_ || fetched_->object.empty()) {
            return restore_exchange(row, &wire, form, limits_);
        }
        auto whole = wire;
        whole.response = fetched_->object;
        whole.response_decoded = true;
        return restore_exchange(row, &whole, answer_form::object, limits_);
    }

    const store::entry* make_again(std::int64_t exchange) {
        if (made_ && made_exchange_ == exchange) {
            return made_.get();
        }
        made_.reset();
        const auto rows = rows_.read(exchange - 1, 1);
        if (rows.empty() || rows.front().seq != exchange || !is_mapped(rows.front())) {
            return nullptr;
        }
        try {
            const auto wire = wire_.read(exchange);
            read_fetched(rows.front());
            if (!wire || !compare(rows.front(), *wire).empty()) {
                made_.reset();
            }
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception&) {
            made_.reset();  // told of in the first pass
        }
        return made_.get();
    }

    /// Where it returns "", `made_` is the turn.
    std::string compare(const store::kept_exchange& row, const store::kept_wire& wire) {
        std::string first;
        for (const auto& maker : makers_) {
            for (const auto form : {answer_form::as_it_came, answer_form::object}) {
                if (form == answer_form::object && (fetched_ || !may_be_object(wire))) {
                    continue;
                }
                made_.reset();  // one turn is in memory at a time
                auto complaint = compare(*maker, row, restore(row, wire, form));
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
        const turn_maker::stored_context context{
            [&](std::string_view id) { return items_.find(id, row.seq); },
            [&](placed_request& request) { unplaced = place(row, request); },
            fetched_ ? &*fetched_ : nullptr,
        };
        made_ = maker.make_again(std::move(ended), context);
        made_exchange_ = row.seq;
        if (fetched_) {
            made_->response_id = row.response_id;  // by which it was fetched; it may have one of its own
        }
        const auto* const made = made_.get();
        if (made->dropped != row.dropped) {
            const auto outcome = [](drop_reason reason) {
                return reason == drop_reason::none ? std::string{"a turn"}
                                                   : std::string{capture::name_of(reason)};
            };
            return "is kept as " + outcome(row.dropped) + ", its bytes give " + outcome(made->dropped);
        }
        if (made->dropped != drop_reason::none) {
            return {};
        }
        if (!unplaced.empty()) {
            return unplaced;
        }
        return comparison_.compare(row, *made);
    }

    /// Gives what the provider said the form that the stored chain has it in: without what says nothing, or
    /// joined where the client had cut it in two.
    void fit_answers(const store::kept_exchange& row, llm::request& request) {
        auto& messages = request.messages;
        if (!has_cut_answers(messages, request.leading) && !has_empty_answers(messages, request.leading)) {
            return;
        }
        auto id = is_unanswered(row, request) ? row.head : answers_above(row.head).above;
        std::vector<merkle::message> reversed;
        for (auto end = messages.size(); end > 0;) {
            auto first = end - 1;
            if (!is_answer(messages[first])) {
                reversed.push_back(std::move(messages[first]));
                id = earlier_.history.parent(id);
                end = first;
                continue;
            }
            while (first > request.leading && is_answer(messages[first - 1])) {
                --first;
            }
            const auto stored = answers_above(id);
            auto run = fitted({std::make_move_iterator(messages.begin() + signed_of(first)),
                               std::make_move_iterator(messages.begin() + signed_of(end))},
                              stored.count);
            std::move(run.rbegin(), run.rend(), std::back_inserter(reversed));
            id = stored.above;
            end = first;
        }
        messages.assign(std::make_move_iterator(reversed.rbegin()), std::make_move_iterator(reversed.rend()));
    }

    /// Tells whether the head is the question: no answer was wanted, or has come.
    bool is_unanswered(const store::kept_exchange& row, const llm::request& request) {
        if (request.only_prepares || row.stop_reason == store::pending_answer) {
            return true;
        }
        const bool may_be_so = fetched_ || request.in_background;
        const auto head = may_be_so ? earlier_.history.node(row.head) : std::nullopt;
        return head && !is_answer({head->role, {}});
    }

    struct answer_run {
        std::size_t count = 0;   ///< of answers that stand one below the other
        std::int64_t above = 0;  ///< the node above them
    };
    answer_run answers_above(std::int64_t id) {
        answer_run run{0, id};
        for (auto node = earlier_.history.node(id); node && is_answer({node->role, {}});
             node = earlier_.history.node(run.above)) {
            ++run.count;
            run.above = earlier_.history.parent(run.above);
        }
        return run;
    }

    static std::vector<merkle::message> fitted(std::vector<merkle::message> run, std::size_t count) {
        if (run.size() == count) {
            return run;
        }
        auto said = without_empty_answers(std::move(run), 0);
        return count == 1 ? join_answers(said, 0) : said;
    }

    static std::ptrdiff_t signed_of(std::size_t index) noexcept { return static_cast<std::ptrdiff_t>(index); }

    /// Hangs a request that names an earlier answer from the node that its stored chain hangs from, which
    /// must be an answer of that name, or what stood for it before it came. Returns a complaint, or "".
    std::string place(const store::kept_exchange& row, placed_request& out) {
        auto& request = out.request;
        const bool by_response = !request.previous_response_id.empty();
        const auto& name = by_response ? request.previous_response_id : request.conversation;
        const bool beginning = by_response && earlier_.is_beginning(name, row.provider);
        if (beginning) {
            begin_with_instructions(request);
        }
        fit_answers(row, request);
        if ((!by_response && request.conversation.empty()) || beginning) {
            return {};
        }
        auto id = row.head;
        const auto own = request.messages.size() + (is_unanswered(row, request) ? 0 : 1);
        for (std::size_t i = 0; i < own && id != 0; ++i) {
            id = earlier_.history.parent(id);
        }
        const auto above = id != 0 ? earlier_.history.node(id) : std::nullopt;
        if (!above) {
            return "its request goes on from " + in_quotes(name) + ", its nodes from nothing";
        }
        auto named = unresolved(by_response ? "previous_response_id" : "conversation", name);
        if (!above->parent && above->content == merkle::event_content(named.content)) {
            request.messages.insert(request.messages.begin(), std::move(named));
            return {};
        }
        out.from = {earlier_.history.place(id), 0, 0};
        const auto wanted = by_response ? name : std::string{};
        return rows_.is_answer(id, row.seq, wanted) || former_.contains(id, row.seq, wanted)
                   ? std::string{}
                   : "goes on from node " + std::to_string(id) + ", which is no answer named " +
                         in_quotes(name);
    }

    capture::budget limits_{restore_budget_bytes, 0};
    store::findings& findings_;
    store::exchange_reader rows_;
    store::wire_reader wire_;
    earlier_turns earlier_;
    earlier_items items_{earlier_};
    std::vector<std::unique_ptr<turn_maker>> makers_;
    turn_comparison comparison_;
    store::derived_rows derived_;
    former_heads former_{derived_, earlier_.history};
    gathered_answer answers_;
    std::optional<gathered_answer::whole> fetched_;  ///< of the exchange that is looked at
    derived_names names_{derived_, earlier_.history};
    derived_variants variants_{derived_, rows_, earlier_.history};
    derived_pieces pieces_{derived_, earlier_.history};
    std::unique_ptr<store::entry> made_;  ///< after compare()
    std::int64_t made_exchange_ = 0;
};

}  // namespace

recheck_figures recheck(const recheck_options& options, store::findings& findings) {
    store::check_store(options.path);
    recheck_figures figures;
    try {
        recheck_work work{options, findings};
        visit_exchanges(work.rows(), "bytes", options.on_progress,
                        [&](const store::kept_exchange& row) { work.check(row, figures); });
        work.finish(options.on_progress, figures);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& failure) {
        findings.add(std::string{"exchanges cannot be read: "} + failure.what());
    }
    return figures;
}

}  // namespace tapes::record
