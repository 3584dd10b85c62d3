#include "exchanges/exchange_list.hpp"

#include <algorithm>
#include <string>

namespace tapes::exports {

namespace {

constexpr std::size_t exchanges_at_once = 256;

}  // namespace

exchange_list::exchange_list(read::sources& from, const subject& about) : from_{from} {
    switch (about.meant.kind) {
        case read::named_kind::session:
            session_ = about.meant.id;
            if (about.thread != 0) {
                const auto threads = from_.catalogue->threads(session_);
                if (about.thread > threads.size()) {
                    throw export_refusal{"the session has no thread " + std::to_string(about.thread) +
                                         ": it has " + std::to_string(threads.size())};
                }
                thread_ = threads[about.thread - 1].id;
            }
            break;
        case read::named_kind::exchange:
            page_.push_back(about.meant.id);
            break;
        case read::named_kind::node:
            for (const auto& link : from_.chains.chain(about.meant.id)) {
                if (link.exchange != 0) {
                    page_.push_back(link.exchange);
                }
            }
            std::ranges::sort(page_);
            page_.erase(std::ranges::unique(page_).begin(), page_.end());
            break;
    }
}

std::optional<std::int64_t> exchange_list::next() {
    if (at_ == page_.size() && session_ != 0) {
        page_ = from_.catalogue->exchanges(session_, thread_, after_, exchanges_at_once);
        at_ = 0;
        if (page_.empty()) {
            session_ = 0;
        } else {
            after_ = page_.back();
        }
    }
    return at_ == page_.size() ? std::nullopt : std::optional{page_[at_++]};
}

}  // namespace tapes::exports
