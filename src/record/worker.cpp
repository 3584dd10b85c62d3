#include "worker.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

namespace tapes::record {

namespace {

/// How long a request waits for turns on their way into the store that it goes on from.
constexpr std::chrono::seconds longest_wait{1};
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

void give_up(capture::ledger& account, std::int64_t amends, const std::shared_ptr<capture::receipt>& waiter,
             capture::drop_reason reason) {
    if (amends != 0) {
        spdlog::warn("what came behind the end of the answer of exchange {} could not be added", amends);
        return;
    }
    account.settle(reason);
    if (waiter) {
        waiter->home().deliver({waiter});
    }
}

void worker::run() {
    open_earlier_turns();
    while (true) {
        auto [batch, early] = all_.queue.take();
        if (early) {
            if (earlier_) {
                earlier_->await_older = nullptr;
            }
            all_.maker.prepare(*early, earlier_.get());
            continue;
        }
        if (batch.empty()) {
            return;
        }
        made_.reserve(batch.size());
        for (auto& task : batch) {
            record(std::move(task));
        }
        submit();
    }
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

void worker::record(work_queue::task task) {
    if (earlier_) {
        earlier_->await_older = nullptr;
        if (task.ticket) {
            earlier_->await_older = [this, ticket = task.ticket.get(), waited = false]() mutable {
                if (!std::exchange(waited, true)) {
                    await_older(*ticket);
                }
            };
        }
    }
    const auto* const early = early_work::find(*task.ended);
    if (early != nullptr && early->is_running()) {
        submit();  // the others do not wait for it
    }
    if (auto entry = make(std::move(task.ended))) {
        entry->attachment =
            std::make_unique<way_to_store>(std::move(task.ticket), all_.under_way.add(*entry));
        made_.push_back(std::move(entry));
    }
}

void worker::await_older(const arrivals::ticket& ticket) {
    if (all_.writer.failing()) {
        return;  // nothing arrives
    }
    submit();  // it may be one of these that is waited for
    ticket.await_older(longest_wait);
}

/// Gives the writer the time to give back some of what it holds. Returns false when it holds nothing, or
/// cannot give it back.
bool worker::await_room() {
    const auto held = all_.writer.status().queued;
    const auto may_give = [&] { return !all_.writer.failing() && !all_.queue.is_stopping(); };
    if (held == 0 || !may_give()) {
        return false;
    }
    while (all_.writer.status().queued > held / 2 && may_give()) {
        all_.writer.wait_past(all_.writer.last_seq(), room_step);
    }
    return true;
}

void worker::submit() {
    if (!made_.empty()) {
        all_.writer.submit(std::exchange(made_, {}));
    }
}

std::unique_ptr<store::entry> worker::make(std::unique_ptr<capture::exchange> ended) {
    const auto waiter = ended->waiter;
    const auto amends = ended->amends;
    try {
        auto entry = all_.maker.make(std::move(ended), earlier_.get());
        if (entry->exchange->held_bytes() > 0) {
            return entry;
        }
        // Not even a row can be paid for: rows would pile up without limit while the store fails.
    } catch (const std::exception& error) {
        spdlog::error("an exchange could not be recorded: {}", error.what());
    }
    give_up(all_.account, amends, waiter, capture::drop_reason::over_budget);
    return nullptr;
}

}  // namespace tapes::record
