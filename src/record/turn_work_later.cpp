// What becomes of a request about an answer that an earlier one has asked for.
#include "name_limit.hpp"
#include "turn_work.hpp"

#include <tapes/merkle/chain.hpp>
#include <tapes/text/work_meter.hpp>

#include <spdlog/spdlog.h>

#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// Tells whether the answer is still in the making, whatever it says so far.
bool is_in_the_making(const llm::answer& answered) {
    const auto& reason = answered.choices.empty() ? answered.ending : answered.choices.front().stop_reason;
    return answered.pending || reason == "queued" || reason == "in_progress";
}

}  // namespace

drop_reason turn_work::map_later() {
    entry_.streamed = exchange_.event_stream;
    entry_.response_id = later_->id;
    cut_name(entry_.response_id);
    if (exchange_.status == 0) {
        return drop_reason::no_response;
    }
    if (exchange_.status / 100 != 2) {
        return drop_reason::upstream_status;
    }
    // An id that is as long was never given.
    if (earlier_ == nullptr || is_too_long(later_->id)) {
        return drop_reason::unknown_response;
    }
    try {
        const auto asked = earlier_->asked(later_->id, exchange_.provider);
        return asked ? map_about(*asked) : drop_reason::unknown_response;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const text::work_stopped&) {
        throw;
    } catch (const std::exception& failure) {
        spdlog::warn("what is stored of an answer that was asked for before could not be read: {}",
                     failure.what());
        return drop_reason::unknown_response;
    }
}

drop_reason turn_work::map_about(const store::history::asked& asked) {
    entry_.answer_of = asked.exchange;
    entry_.model = asked.model;
    if (entry_.session.empty()) {
        entry_.session = asked.session;
    }
    const bool open = store::is_open_answer(asked.stop_reason);
    switch (later_->wanted) {
        case llm::later_request::purpose::deletion:
            if (asked.stop_reason == store::pending_answer) {
                llm::answer forgotten;
                forgotten.ending = "deleted";
                (void)complete(asked, std::move(forgotten));
            }
            return drop_reason::answer_deleted;
        case llm::later_request::purpose::cancel:
            if (open && take_answer(asked) == drop_reason::over_budget) {
                return drop_reason::over_budget;
            }
            return drop_reason::answer_cancelled;
        default: {
            constexpr int accepted = 202;  // there is nothing yet, whatever the body says of it
            return open && exchange_.status != accepted ? take_answer(asked) : drop_reason::nothing_new;
        }
    }
}

/// Reads what has come of an answer of which the store does not have all.
drop_reason turn_work::take_answer(const store::history::asked& asked) {
    if (later_->starting_after && exchange_.event_stream) {
        if (!answer_.go_on_from(earlier_->events_up_to(asked.exchange, *later_->starting_after))) {
            return drop_reason::over_budget;
        }
    }
    llm::answer answered;
    const auto reason = answer_.read(redactor_, credentials(), answered);
    entry_.streamed = entry_.streamed || answer_.streamed();
    entry_.response_model = answered.model;
    cut_name(entry_.response_model);
    if (reason == drop_reason::none) {
        return is_in_the_making(answered) ? drop_reason::nothing_new : complete(asked, std::move(answered));
    }
    if (reason != drop_reason::empty_response && reason != drop_reason::stream_error) {
        return reason;
    }
    if (answered.ending.empty() || is_in_the_making(answered)) {
        return reason == drop_reason::stream_error ? reason : drop_reason::nothing_new;
    }
    return complete(asked, std::move(answered));
}

/// Makes the fuller answer of the earlier exchange: it hangs from the question, as if it had come at once.
drop_reason turn_work::complete(const store::history::asked& asked, llm::answer answered) {
    auto made = std::make_unique<store::entry>();
    made->exchange = std::make_unique<capture::exchange>(exchange_.limits(), exchange_.spill());
    auto& origin = *made->exchange;
    origin.amends = asked.exchange;
    origin.provider = asked.provider;
    origin.agent_name = asked.agent_name;
    origin.project = asked.project;
    made->api = later_->spoken->name;
    made->model = asked.model;
    made->response_id = later_->id;
    made->response_model = std::move(answered.model);
    cut_name(made->response_model);
    made->used = answered.used;
    made->stateful = later_->spoken->stateful;
    made->item_ids = std::move(answered.item_ids);
    const auto question =
        asked.stop_reason == store::pending_answer ? asked.head : earlier_->history.parent(asked.head);
    std::optional<merkle::link> above;
    if (question != 0) {
        made->above = earlier_->history.place(question);
        above = made->above->position;
    }
    join_unasked(answered.choices);
    drop_known_variants(answered);
    made->stop_reason = answered.ending;
    add_answers(above, {asked.model, asked.provider, asked.agent_name}, answered, *made);
    entry_.fuller = std::move(made);
    return drop_reason::answer_fetched;
}

/// Tells whether an answer without content is one all the same: a recorded one, which was fetched, and one
/// whose stream came from the background, for a client can fetch it.
bool turn_work::may_be_question_alone(const llm::answer& answered) const {
    return (context_ != nullptr && context_->fetched) ||
           (exchange_.event_stream && (answered.in_background || placed_.request.in_background));
}

/// Tells whether such an answer was cancelled or has failed, or its stream alone has.
bool turn_work::is_question_alone(drop_reason reason, const llm::answer& answered) const {
    return (reason == drop_reason::empty_response || reason == drop_reason::stream_error) &&
           may_be_question_alone(answered) && (answered.pending || !answered.ending.empty());
}

}  // namespace tapes::record
