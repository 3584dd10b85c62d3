#include "write/settlement.hpp"

#include "write/short_memory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>
#include <utility>

namespace tapes::store {

namespace {

/// A question that was handed over ahead of its answer counts where it has a row; else it is recorded, and
/// counted, with its answer.
bool is_question(const entry& one) noexcept {
    return one.exchange->part == capture::exchange_part::question;
}

/// Hands waiters back, one call per lane.
void tell_together(const std::vector<std::unique_ptr<entry>>& entries) {
    std::vector<std::pair<capture::lane*, std::vector<std::shared_ptr<capture::receipt>>>> lanes;
    for (const auto& one : entries) {
        const auto& waiter = one->exchange->waiter;
        if (waiter == nullptr) {
            continue;
        }
        auto* home = &waiter->home();
        auto found =
            std::find_if(lanes.begin(), lanes.end(), [&](const auto& lane) { return lane.first == home; });
        if (found == lanes.end()) {
            found = lanes.emplace(lanes.end(), home, std::vector<std::shared_ptr<capture::receipt>>{});
        }
        found->second.push_back(waiter);
    }
    for (auto& [lane, receipts] : lanes) {
        lane->deliver(std::move(receipts));
        for (const auto& one : entries) {
            if (one->exchange->waiter != nullptr && &one->exchange->waiter->home() == lane) {
                one->exchange->waiter.reset();
            }
        }
    }
}

/// Tells each waiter, also where memory is short.
void tell(const std::vector<std::unique_ptr<entry>>& entries) noexcept {
    try {
        tell_together(entries);
    } catch (const std::bad_alloc&) {
        for (const auto& one : entries) {
            one->exchange->tell_waiter();
        }
    }
}

/// Gives exchanges back whose answers may go on.
void give_back(std::vector<std::unique_ptr<entry>>& entries, const std::vector<entry_outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto& exchange = entries[i]->exchange;
        const auto rest = std::exchange(exchange->rest, nullptr);
        if (rest && outcomes[i].seq != 0) {
            rest->committed(std::move(exchange), outcomes[i].seq);
        }
    }
}

}  // namespace

void settlement::settle(std::vector<std::unique_ptr<entry>>& entries,
                        const std::vector<entry_outcome>& outcomes) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& outcome = outcomes[i];
        entries[i]->dropped = outcome.reason;
        entries[i]->exchange->settled();
        if (is_question(*entries[i]) && outcome.seq == 0) {
            continue;
        }
        if (!outcome.before) {
            account_.settle(outcome.reason);
        } else if (*outcome.before != outcome.reason) {
            account_.resettle(*outcome.before, outcome.reason);
        }
    }
    tell(entries);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& one = *entries[i];
        if (is_question(one)) {  // it is told of with its answer
            continue;
        }
        if (outcomes[i].before && one.exchange->part != capture::exchange_part::conclusion) {
            spdlog::info("exchange {}: what came behind the end of its answer was added, {} bytes in all",
                         capture::to_string(one.exchange->id), one.exchange->response_received);
            continue;
        }
        if (outcomes[i].completes) {
            spdlog::info("exchange {}: its answer is that of the exchange numbered {} now, {}",
                         capture::to_string(one.exchange->id), one.answer_of, one.fuller->stop_reason);
        }
        if (on_settled_) {
            where_memory_allows([&] { on_settled_(one); });
        }
    }
    give_back(entries, outcomes);
}

void settlement::refuse(const std::vector<std::unique_ptr<entry>>& entries) {
    for (const auto& one : entries) {
        one->dropped = capture::drop_reason::store_error;
        if (one->exchange->amends == 0 && !is_question(*one)) {
            one->exchange->settled();
            account_.settle(one->dropped);
        }
    }
    tell(entries);
}

}  // namespace tapes::store
