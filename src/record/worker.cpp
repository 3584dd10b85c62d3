#include "worker.hpp"

#include <tapes/text/work_meter.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace tapes::record {

namespace {

/// How long a request waits for turns on their way into the store that it goes on from.
constexpr std::chrono::seconds longest_wait{1};
/// How often an exchange is made again for memory that another worker gave back: both may want too much.
constexpr int most_tries = 8;
/// How many entries are submitted at once: few enough that none waits long for the others.
constexpr std::size_t most_made = 16;
/// How often a worker that waits for memory looks whether the writer has given some back.
constexpr std::chrono::milliseconds room_step{20};

/// Keeps an exchange's ticket and its answers under way until its entry is settled.
class way_to_store final : public store::entry_attachment {
public:
    way_to_store(std::shared_ptr<arrivals::ticket> ticket, std::shared_ptr<answers_under_way::ticket> answers)
        : ticket_{std::move(ticket)}, answers_{std::move(answers)} {}

private:
    std::shared_ptr<arrivals::ticket> ticket_;
    std::shared_ptr<answers_under_way::ticket> answers_;
};

}  // namespace

void give_up(capture::exchange& ended, capture::drop_reason reason) noexcept {
    if (ended.amends != 0) {
        const bool is_answer = ended.part == capture::exchange_part::conclusion;
        spdlog::warn("{} of exchange {} could not be added",
                     is_answer ? "the answer" : "what came behind the end of the answer", ended.amends);
        ended.tell_waiter();
        return;
    }
    ended.settle(reason);
    ended.tell_waiter();
}

void worker::run() {
    open_earlier_turns();
    while (true) {
        auto share = all_.queue.take_waiting();
        if (share.is_empty() || made_.size() >= most_made) {
            submit();
        }
        if (share.is_empty()) {
            share = all_.queue.take();
        }
        if (share.is_empty()) {
            return;
        }
        try {
            work_on(share);
        } catch (const std::bad_alloc&) {  // an exchange is settled as it is destroyed
            spdlog::error("an exchange could not be recorded: there is no memory for it");
        }
    }
}

void worker::work_on(work_queue::share& share) {
    if (share.early) {
        try {
            prepare(*share.early);
        } catch (const std::bad_alloc&) {
            share.early->end(nullptr);  // whoever wants it does it later
        }
        share.next = share.early->take_left();
    }
    if (share.next.ended) {
        record(std::move(share.next));
    }
}

/// Does work ahead of its time, which may be left undone.
void worker::prepare(early_work& work) {
    if (earlier_) {
        earlier_->await_older = nullptr;
    }
    work_allowance allowance{all_.queue, all_.limits, false};
    text::work_meter meter{work_allowance::interval,
                           [&](std::uint64_t) { return !work.is_unwanted() && allowance.goes_on(); }};
    const text::metered here{meter};
    all_.maker.prepare(work, earlier_.get());
}

void worker::open_earlier_turns() {
    try {
        if (all_.store_path.empty()) {
            return;
        }
        earlier_ = std::make_unique<earlier_turns>(all_.store_path, all_.writer);
        earlier_->under_way = &all_.under_way;
        earlier_->await_room = [this] {
            submit();
            return await_room();
        };
    } catch (const std::exception& error) {
        // Chains are then found by their hashes alone, when they are written.
        spdlog::error("earlier turns cannot be looked up: {}", error.what());
    }
}

void worker::record(task next) {
    if (auto* const early = early_work::find(*next.ended); early != nullptr && early->leave(next)) {
        return;
    }
    put_back_ = false;
    if (earlier_) {
        earlier_->await_older = nullptr;
        // Others may wait for this worker, and the memory comes back when long work ends.
        earlier_->is_put_back = [this, may_be = !next.is_long] {
            put_back_ = may_be && all_.writer.status().queued == 0 && all_.queue.has_long_work();
            return put_back_;
        };
        if (next.ticket) {
            earlier_->await_older = [this, ticket = next.ticket.get(), waited = false]() mutable {
                if (!std::exchange(waited, true)) {
                    await_older(*ticket);
                }
            };
        }
    }
    tries_ = 0;
    ++all_.progress.at_work;
    auto entry = make(next);
    --all_.progress.at_work;
    ++all_.progress.times_freed;
    if (!entry) {
        return;
    }
    entry->attachment = std::make_unique<way_to_store>(std::move(next.ticket), all_.under_way.add(*entry));
    made_.push_back(std::move(entry));
}

void worker::await_older(const arrivals::ticket& ticket) {
    if (all_.writer.failing()) {
        return;  // nothing arrives
    }
    submit();  // it may be one of these that is waited for
    all_.queue.wake_other();
    ticket.await_older(longest_wait);
}

/// Gives the writer, or another worker, the time to give back some of what it holds. Returns false when none
/// holds anything, or cannot give it back.
bool worker::await_room() {
    all_.queue.wake_other();
    const auto freed = ++all_.progress.times_freed;
    --all_.progress.at_work;
    std::uint64_t most_held = 0;
    bool has_come = false;
    while (!has_come && !all_.writer.failing() && !all_.queue.is_stopping()) {
        const auto held = all_.writer.status().queued;
        most_held = std::max<std::uint64_t>(most_held, held);
        if (most_held > 0 && held <= most_held / 2) {
            has_come = true;
        } else if (tries_ < most_tries && all_.progress.times_freed.load() != freed) {
            ++tries_;
            has_come = true;
        } else if (held == 0 && all_.progress.at_work.load() == 0) {
            break;
        } else {
            all_.writer.wait_past(all_.writer.last_seq(), room_step);
        }
    }
    ++all_.progress.at_work;
    return has_come;
}

void worker::submit() {
    if (!made_.empty()) {
        try {
            all_.writer.submit(std::exchange(made_, {}));
        } catch (const std::bad_alloc&) {  // settled as they are destroyed
            spdlog::error("exchanges could not be handed to the store: there is no memory for it");
        }
    }
}

/// A question that is no turn by itself is recorded with its answer, in one piece.
bool worker::is_of_no_use(const store::entry& made) noexcept {
    return made.exchange->part == capture::exchange_part::question &&
           (made.dropped != capture::drop_reason::none || made.stop_reason != store::pending_answer);
}

/// Returns null where the exchange leaves no row, or comes again. What fails here destroys the exchange,
/// which settles it.
std::unique_ptr<store::entry> worker::make(task& next) {
    try {
        auto entry = make_metered(next);
        if (entry && is_of_no_use(*entry)) {
            return nullptr;
        }
        if (entry && entry->exchange->held_bytes() == 0) {
            // Not even a row can be paid for: rows would pile up without limit while the store fails.
            give_up(*entry->exchange, capture::drop_reason::over_budget);
            return nullptr;
        }
        return entry;
    } catch (const std::exception& error) {
        spdlog::error("an exchange could not be recorded: {}", error.what());
    }
    next = {};
    return nullptr;
}

std::unique_ptr<store::entry> worker::make_metered(task& next) {
    const auto let_others_go_on = [&] {
        submit();
        all_.queue.wake_other();
    };
    const auto leave_row = [&] {
        next.ticket.reset();
        if (earlier_) {
            earlier_->await_older = nullptr;
        }
    };
    work_allowance allowance{all_.queue, all_.limits, next.is_long, {let_others_go_on, leave_row}};
    std::unique_ptr<store::entry> entry;
    {
        text::work_meter meter{work_allowance::interval, [&](std::uint64_t) { return allowance.goes_on(); }};
        const text::metered here{meter};
        entry = all_.maker.make(std::move(next.ended), earlier_.get());
    }
    if (!turn_maker::is_given_up(*entry)) {
        return entry;
    }
    if (allowance.is_to_come_again() || put_back_) {
        entry->exchange->drop_holds();
        next.ended = std::move(entry->exchange);
        if (all_.queue.postpone(next)) {
            return nullptr;
        }
        entry->exchange = std::move(next.ended);
    }
    keep_bytes(*entry, allowance);
    return entry;
}

void worker::keep_bytes(store::entry& given_up, work_allowance& allowance) const {
    allowance.begin_keeping();
    text::work_meter meter{work_allowance::interval, [&](std::uint64_t) { return allowance.keeps_on(); }};
    const text::metered here{meter};
    all_.maker.keep_bytes(given_up);
    spdlog::warn("the work on an exchange of {} and {} bytes was given up (record.work_limit){}",
                 given_up.exchange->request_received, given_up.exchange->response_received,
                 given_up.keep_wire ? "" : "; its bytes are not kept");
}

}  // namespace tapes::record
