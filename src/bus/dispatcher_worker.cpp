// The worker's half of the dispatcher: batches, the handler, retries, dead letters.
#include "dispatcher.hpp"
#include "dispatcher_partition.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace tapes::bus {
namespace {

using std::chrono::steady_clock;

/// A message and its headers as a handler sees them; the span needs the headers to lie somewhere.
message view(const partition_id& id, const held_message& held, std::vector<header>& headers) {
    headers.clear();
    for (const auto& [name, value] : held.headers) {
        headers.push_back({name.c_str(), value});
    }
    return {id.topic, id.partition, held.offset, held.key, held.value, headers, held.timestamp_ms};
}

/// A handler may say what makes no sense; an index is looked at once, and only below `handled`.
void tidy(outcome& result, std::size_t batch) {
    result.handled = std::min(result.handled, batch);
    auto& list = result.rejected;
    std::erase_if(list, [&](const auto& rejection) { return rejection.index >= result.handled; });
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.index < b.index; });
    list.erase(std::unique(list.begin(), list.end(),
                           [](const auto& a, const auto& b) { return a.index == b.index; }),
               list.end());
}

}  // namespace

bool dispatcher::ready(const partition_state& partition, steady_clock::time_point now) const {
    if (partition.queue.empty() || partition.releasing || partition.not_before > now) {
        return false;
    }
    return !draining_ || partition.queue.front().offset != partition.failing;
}

bool dispatcher::anything_ready(steady_clock::time_point now) const {
    if (abandoned_) {
        return false;
    }
    for (const auto& [id, partition] : partitions_) {
        if (ready(*partition, now)) {
            return true;
        }
    }
    return false;
}

void dispatcher::work() noexcept {
    try {
        sync::unique_lock hold{mutex_};
        while (!ending_) {
            const auto now = steady_clock::now();
            if (!anything_ready(now)) {
                // Without a retry that is due nothing but a notification can change that.
                auto next = now + std::chrono::hours(1);
                for (const auto& [id, partition] : partitions_) {
                    if (!partition->queue.empty() && partition->not_before > now) {
                        next = std::min(next, partition->not_before);
                    }
                }
                work_.wait_until(hold, next);
                continue;
            }
            auto batch = make_batch();
            const bool paused = any_paused();
            hold.unlock();
            if (paused && room_) {
                room_();
            }
            run(batch);
            hold.lock();
        }
    } catch (const std::exception& error) {
        const sync::lock_guard hold{mutex_};
        failure_ = std::string("the worker failed: ") + error.what();
        abandoned_ = true;
    } catch (...) {
        const sync::lock_guard hold{mutex_};
        failure_ = "the worker failed";
        abandoned_ = true;
    }
}

void dispatcher::take_from(const std::shared_ptr<partition_state>& source, std::vector<taken>& batch,
                           std::uint64_t& bytes) {
    auto& from = *source;
    while (!from.queue.empty() && batch.size() < options_.batch_messages) {
        const auto size = from.queue.front().bytes();
        const bool alone = from.queue.front().offset <= from.alone_until;
        if (!batch.empty() && (alone || bytes + size > options_.batch_bytes)) {
            return;
        }
        batch.push_back({source, std::move(from.queue.front()), 1});
        from.queue.pop_front();
        from.queued_bytes -= size;
        bytes += size;
        ++from.in_handler;
        ++in_handler_;
        if (alone) {
            bytes = options_.batch_bytes;  // nothing joins it
            return;
        }
    }
}

std::vector<dispatcher::taken> dispatcher::make_batch() {
    std::vector<taken> batch;
    std::uint64_t bytes = 0;
    const auto now = steady_clock::now();
    // In turn, each from the one behind where the last batch started.
    auto at = partitions_.upper_bound(last_);
    for (std::size_t i = 0; i < partitions_.size(); ++i, ++at) {
        if (at == partitions_.end()) {
            at = partitions_.begin();
        }
        if (!ready(*at->second, now)) {
            continue;
        }
        if (batch.empty()) {
            last_ = at->first;
        }
        take_from(at->second, batch, bytes);
        if (bytes >= options_.batch_bytes) {
            break;
        }
    }
    return batch;
}

bool dispatcher::any_paused() const {
    return std::any_of(partitions_.begin(), partitions_.end(),
                       [](const auto& partition) { return partition.second->paused; });
}

void dispatcher::run(std::vector<taken>& batch) {
    bool threw = false;
    auto result = ask(batch, threw);
    if (threw && batch.size() > 1) {
        // Which of them it was shows when they come one by one.
        const sync::lock_guard hold{mutex_};
        for (const auto& item : batch) {
            item.from->alone_until = std::max(item.from->alone_until, item.message.offset);
        }
        settle(batch, {}, {});
        return;
    }
    count_try(batch, result);
    const auto stuck = bury_rejected(batch, result);
    const sync::lock_guard hold{mutex_};
    settle(batch, result, stuck);
}

outcome dispatcher::ask(const std::vector<taken>& batch, bool& threw) {
    try {
        std::vector<std::vector<header>> headers(batch.size());
        std::vector<message> views;
        views.reserve(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            views.push_back(view(batch[i].from->id, batch[i].message, headers[i]));
        }
        auto result = handler_.handle(views);
        tidy(result, batch.size());
        return result;
    } catch (const std::bad_alloc&) {
        return {0, "out of memory", {}};
    } catch (const std::exception& error) {
        threw = true;
        return {1, {}, {{0, error.what()}}};
    } catch (...) {
        threw = true;
        return {1, {}, {{0, "the handler threw something unknown"}}};
    }
}

/// The message that failed in passing: how often by now, and whether that is often enough to bury it.
void dispatcher::count_try(std::vector<taken>& batch, outcome& result) {
    const sync::lock_guard hold{mutex_};
    for (auto& item : batch) {
        if (item.from->failing == item.message.offset) {
            item.attempts = item.from->attempts + 1;
        }
    }
    if (result.handled == batch.size()) {
        return;
    }
    auto& failed = batch[result.handled];
    auto& from = *failed.from;
    from.attempts = failed.attempts;
    from.failing = failed.message.offset;
    ++totals_[from.id.topic].retries;
    if (options_.max_attempts != 0 && from.attempts >= options_.max_attempts) {
        result.rejected.push_back({result.handled, "gave up after " + std::to_string(from.attempts) +
                                                       " attempts: " + result.reason});
        ++result.handled;
        return;
    }
    from.not_before = steady_clock::now() + backoff_.after(from.attempts);
}

bool dispatcher::bury(const taken& item, const std::string& reason) {
    std::vector<header> headers;
    const auto shown = view(item.from->id, item.message, headers);
    for (unsigned tries = 1;; ++tries) {
        bool done = false;
        try {
            done = handler_.bury(shown, reason, item.attempts);
        } catch (const std::exception& error) {
            handler_.trouble(severity::passing,
                             std::string("a dead letter was not written: ") + error.what());
        } catch (...) {
            handler_.trouble(severity::passing, "a dead letter was not written");
        }
        sync::unique_lock hold{mutex_};
        if (done) {
            ++totals_[item.from->id.topic].undecodable;
            return true;
        }
        const auto next = steady_clock::now() + backoff_.after(tries);
        do {
            if (draining_ || abandoned_ || item.from->lost || item.from->releasing) {
                return false;
            }
        } while (work_.wait_until(hold, next));
    }
}

/// Buries what is rejected. A partition whose dead letter could not be written before the end is stuck: it
/// is among those returned.
std::vector<const dispatcher::partition_state*> dispatcher::bury_rejected(const std::vector<taken>& batch,
                                                                          const outcome& result) {
    std::vector<const partition_state*> stuck;
    for (const auto& [index, reason] : result.rejected) {
        const auto* from = batch[index].from.get();
        const bool is_stuck = std::find(stuck.begin(), stuck.end(), from) != stuck.end();
        if (!is_stuck && !bury(batch[index], reason)) {
            stuck.push_back(from);
        }
    }
    return stuck;
}

/// Back to the front of its queue, for another time.
void dispatcher::give_back(taken& item, bool stuck) {
    auto& to = *item.from;
    if (to.lost || to.releasing || abandoned_) {
        return;
    }
    if (stuck) {
        to.failing = item.message.offset;
        to.not_before = steady_clock::now() + options_.retry_base;
    }
    to.queued_bytes += item.message.bytes();
    to.queue.push_front(std::move(item.message));
}

void dispatcher::settle(std::vector<taken>& batch, const outcome& result,
                        const std::vector<const partition_state*>& stuck) {
    std::vector<bool> done(batch.size());
    auto next_rejected = result.rejected.begin();
    for (std::size_t i = 0; i < result.handled; ++i) {
        auto& from = *batch[i].from;
        const bool rejected = next_rejected != result.rejected.end() && next_rejected->index == i;
        next_rejected += rejected ? 1 : 0;
        done[i] = std::find(stuck.begin(), stuck.end(), &from) == stuck.end();
        if (done[i] && !from.lost) {
            from.position = batch[i].message.offset + 1;
            totals_[from.id.topic].handled += rejected ? 0 : 1;
        }
    }
    for (auto i = batch.size(); i-- > 0;) {
        if (!done[i]) {
            give_back(batch[i], i < result.handled);
        }
        --batch[i].from->in_handler;
        --in_handler_;
    }
}

}  // namespace tapes::bus
