#include "answers_under_way.hpp"
#include "earlier_turns.hpp"
#include "intake_receipt.hpp"
#include "outside_request.hpp"
#include "text_shape.hpp"
#include "turn_maker.hpp"

#include <tapes/record/intake.hpp>
#include <tapes/store/taken_ids.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <ctime>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;
using state = intake_outcome::state;

constexpr std::uint64_t intake_meter_interval = std::uint64_t{256} * 1024;

/// Bodies stay in memory however large they are: the budget is the limit.
const capture::spill_policy& intake_memory() {
    static const capture::spill_policy made{{}, std::numeric_limits<std::uint64_t>::max()};
    return made;
}

std::chrono::nanoseconds processor_time() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

/// Returns the node of the first answer; nothing where there is none.
const store::entry_node* first_answer(const store::entry& made) {
    const auto found = std::ranges::find_if(made.nodes, [](const auto& one) { return one.choice >= 0; });
    return found == made.nodes.end() ? nullptr : &*found;
}

/// What a turn says by itself, whatever conversation it stands in: the last question and the answer.
merkle::digest words_of(const std::string& question, const std::string& answer) {
    return merkle::sha256(std::to_string(question.size()) + ":" + question + answer);
}

/// Keeps the answers of an entry findable until it is settled.
class under_way_attachment final : public store::entry_attachment {
public:
    explicit under_way_attachment(std::shared_ptr<answers_under_way::ticket> answers)
        : answers_{std::move(answers)} {}

private:
    std::shared_ptr<answers_under_way::ticket> answers_;
};

}  // namespace

class intake::impl {
public:
    impl(const settings& options, const std::string& redaction_key, store::writer& writer,
         capture::ledger& account, capture::budget& memory, limits most)
        : maker_{options, redaction_key},
          work_limit_{options.work_limit},
          most_{most},
          writer_{writer},
          account_{account},
          memory_{memory},
          earlier_{options.store_path, writer},
          ids_{options.store_path} {
        earlier_.under_way = &under_way_;
        earlier_.await_room = [this] { return await_commits(); };
        earlier_.await_older = [this] { await_commits(); };
    }

    std::vector<intake_outcome> take(std::vector<outside_exchange> all) {
        std::vector<intake_outcome> outcomes(all.size());
        seen_.clear();
        try {
            for (std::size_t i = 0; i < all.size(); ++i) {
                take_one(std::move(all[i]), outcomes[i]);
                if (receipts_.pending() + made_.size() >= most_.pending) {
                    await_commits();
                }
            }
        } catch (...) {
            submit();
            throw;
        }
        await_commits();
        for (auto& one : outcomes) {
            if (one.now == state::taken && !is_stored(one)) {
                one.now = state::busy;
                one.detail = "the store has not committed it: " + trouble();
            }
        }
        return outcomes;
    }

private:
    struct seen {
        capture::uuid id{};
        merkle::digest head{};
        merkle::digest words{};  ///< see words_of()
    };
    struct earlier_one {
        capture::uuid id{};
        bool is_same = false;  ///< it says the same
    };

    void take_one(outside_exchange&& from, intake_outcome& out) {
        const auto refuse = [&](drop_reason reason, std::string detail) {
            out.now = reason == drop_reason::over_budget ? state::busy : state::refused;
            out.reason = reason;
            out.detail = std::move(detail);
        };
        if (auto wrong = problem_of(from); !wrong.empty()) {
            refuse(drop_reason::non_turn_request, std::move(wrong));
            return;
        }
        const auto sought = from.id;
        auto exchange = exchange_of(from);
        if (!exchange) {
            refuse(drop_reason::over_budget, "there is no memory for it (record.budget_bytes)");
            return;
        }
        out.id = exchange->id;
        auto made = make(std::move(exchange));
        if (made->dropped != drop_reason::none) {
            refuse(made->dropped, refusal_text(made->dropped, *made));
            return;
        }
        const auto* const answer = first_answer(*made);
        if (answer == nullptr) {
            refuse(drop_reason::empty_response, refusal_text(drop_reason::empty_response, *made));
            return;
        }
        out.head = answer->node.position.hash;
        const auto words = words_of(question_before(*made, *answer), answer->node.content);
        if (const auto earlier = find_earlier(sought, out.head, words)) {
            out.id = earlier->id;
            out.now = state::known;
            if (!earlier->is_same) {
                refuse(drop_reason::none,
                       "id: " + capture::to_string(sought) +
                           " was taken before with another content; an exchange has its own");
            }
            return;
        }
        out.now = state::taken;
        seen_.push_back({out.id, out.head, words});
        hand_over(std::move(made));
    }

    std::unique_ptr<capture::exchange> exchange_of(outside_exchange& from) {
        if (const auto query = from.path.find_first_of("?#"); query != std::string::npos) {
            from.target = from.target.empty() ? from.path : std::move(from.target);
            from.path.resize(query);
        }
        auto made = std::make_unique<capture::exchange>(memory_, intake_memory());
        const auto now =
            std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
        made->accepted_at = from.started_at == capture::timestamp{} ? now : from.started_at;
        made->last_byte_at = from.ended_at == capture::timestamp{} ? made->accepted_at : from.ended_at;
        made->first_byte_at =
            from.first_byte_at == capture::timestamp{} ? made->last_byte_at : from.first_byte_at;
        made->id = from.id == capture::uuid{} ? capture::make_uuid(now) : with_time(from.id, now);
        made->event_stream = is_event_text(from.response, from.response_head);
        fill_heads(from, made->event_stream);
        made->request_encoding = take_codings(from.request_head, from.request);
        made->response_encoding = take_codings(from.response_head, from.response);
        made->peer = std::move(from.source);
        made->method = std::move(from.method);
        made->path = std::move(from.path);
        made->target = from.target.empty() ? made->path : std::move(from.target);
        made->upstream = std::move(from.upstream);
        made->provider = std::move(from.provider);
        made->agent_name = std::move(from.agent_name);
        made->project = std::move(from.project);
        made->session = std::move(from.session);
        made->request_head = std::move(from.request_head);
        made->response_head = std::move(from.response_head);
        made->status = from.status;
        made->request_received = from.request.size();
        made->response_received = from.response.size();
        const bool fits =
            made->request_body.append(from.request) && made->response_body.append(from.response);
        from = {};
        return fits ? std::move(made) : nullptr;
    }

    /// Makes the entry within the limit of work, and within what the meter of the thread allows.
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> exchange) {
        auto* const outer = text::meter_of_thread;
        std::optional<std::chrono::nanoseconds> began;
        std::uint64_t counted = 0;
        bool ended = false;
        std::unique_ptr<store::entry> made;
        {
            text::work_meter meter{intake_meter_interval, [&](std::uint64_t steps) {
                                       const auto now = processor_time();
                                       began = began.value_or(now);
                                       ended = !outer_goes_on(outer, steps - std::exchange(counted, steps));
                                       return !ended && now - *began < work_limit_;
                                   }};
            const text::metered here{meter};
            made = maker_.make(std::move(exchange), &earlier_);
        }
        if (ended) {
            throw text::work_stopped{};
        }
        return made;
    }

    static bool outer_goes_on(text::work_meter* outer, std::uint64_t steps) {
        try {
            if (outer != nullptr) {
                outer->count(steps);
            }
            return true;
        } catch (const text::work_stopped&) {
            return false;
        }
    }

    void hand_over(std::unique_ptr<store::entry> made) {
        account_.accept();
        made->exchange->owe(account_);
        made->exchange->waiter = receipts_.expect_one();
        made->attachment = std::make_unique<under_way_attachment>(under_way_.add(*made));
        made_.push_back(std::move(made));
    }

    void submit() {
        if (!made_.empty()) {
            writer_.submit(std::exchange(made_, {}));
        }
    }

    /// Submits what was made and waits for it. Returns true where something was waited for in vain or not.
    bool await_commits() {
        const bool any = !made_.empty() || receipts_.pending() > 0;
        submit();
        receipts_.await_all(most_.patience, [this] { return writer_.failing(); });
        return any && receipts_.pending() == 0;
    }

    bool is_stored(const intake_outcome& one) { return find_stored(one.id, one.head).has_value(); }

    std::optional<capture::uuid> find_stored(const capture::uuid& id, const merkle::digest& head) {
        const auto node = earlier_.history.find(head);
        return node ? earlier_.history.find_exchange(node->id, id) : std::nullopt;
    }

    /// Finds the exchange that has this id. It is the same where it has the same head, or says the same:
    /// another head may stand for that where the conversation before was found otherwise than now.
    std::optional<earlier_one> find_earlier(const capture::uuid& sought, const merkle::digest& head,
                                            const merkle::digest& words) {
        if (sought == capture::uuid{}) {
            return std::nullopt;
        }
        std::optional<earlier_one> other;
        for (const auto& one : seen_) {
            if (is_meant(sought, one.id)) {
                other = earlier_one{one.id, one.head == head || one.words == words};
                if (other->is_same) {
                    return other;
                }
            }
        }
        if (const auto stored = find_stored(sought, head)) {
            return earlier_one{*stored, true};
        }
        if (const auto taken = is_timeless(sought) ? ids_.find_end_of(sought) : ids_.find(sought)) {
            return earlier_one{taken->id, words == words_of_stored(taken->head)};
        }
        return other;
    }

    static bool is_meant(const capture::uuid& sought, const capture::uuid& one) {
        constexpr std::size_t behind_time = 6;
        return one == sought || (is_timeless(sought) && std::equal(one.begin() + behind_time, one.end(),
                                                                   sought.begin() + behind_time));
    }

    std::string question_before(const store::entry& made, const store::entry_node& answer) {
        if (answer.parent >= 0) {
            return made.nodes[static_cast<std::size_t>(answer.parent)].node.content;
        }
        const auto above = made.above ? earlier_.history.node(made.above->id) : std::nullopt;
        return above ? above->content : std::string{};
    }

    std::optional<merkle::digest> words_of_stored(std::int64_t head) {
        const auto answer = head == 0 ? std::nullopt : earlier_.history.node(head);
        if (!answer) {
            return std::nullopt;
        }
        const auto question = earlier_.history.node(earlier_.history.parent(head));
        return words_of(question ? question->content : std::string{}, answer->content);
    }

    std::string trouble() const {
        const auto status = writer_.status();
        return status.error.empty() ? "it takes long at present" : status.error;
    }

    const turn_maker maker_;
    const std::chrono::nanoseconds work_limit_;
    const limits most_;
    store::writer& writer_;
    capture::ledger& account_;
    capture::budget& memory_;
    answers_under_way under_way_;
    earlier_turns earlier_;
    intake_receipts receipts_;
    std::vector<std::unique_ptr<store::entry>> made_;
    store::taken_ids ids_;
    std::vector<seen> seen_;  ///< what was taken in this call
};

intake::intake(const settings& options, const std::string& redaction_key, store::writer& writer,
               capture::ledger& account, capture::budget& memory, limits most)
    : impl_{std::make_unique<impl>(options, redaction_key, writer, account, memory, most)} {}
intake::intake(const settings& options, const std::string& redaction_key, store::writer& writer,
               capture::ledger& account, capture::budget& memory)
    : intake{options, redaction_key, writer, account, memory, limits{}} {}
intake::~intake() = default;

std::vector<intake_outcome> intake::take(std::vector<outside_exchange> all) {
    return impl_->take(std::move(all));
}

}  // namespace tapes::record
