#include "partial_list.hpp"

#include <algorithm>
#include <utility>

namespace tapes::live {

namespace {

constexpr std::size_t most_committed = 4096;
/// How long an answer that has ended waits for its commit.
constexpr std::chrono::seconds longest_wait{5};

}  // namespace

bool partial_list::show(partial_answer answer, clock::time_point now) {
    drop_old(now);
    const auto known = answers_.find(answer.exchange);
    if (is_committed_.contains(answer.exchange) ||
        (known == answers_.end() && answers_.size() >= most_answers)) {
        return false;
    }
    auto& into = known == answers_.end() ? answers_[answer.exchange] : known->second;
    for (std::size_t i = 0; i < answer.blocks.size(); ++i) {
        const auto& block = answer.blocks[i];
        if (i == into.revisions.size()) {
            into.revisions.push_back(1);
        } else {
            const auto& before = into.answer->blocks;
            const bool goes_on =
                i < before.size() && block.kind == before[i].kind && block.text.starts_with(before[i].text);
            into.revisions[i] += goes_on ? 0 : 1;
        }
    }
    into.answer = std::make_shared<const partial_answer>(std::move(answer));
    into.version = ++version_;
    into.at = now;
    return true;
}

void partial_list::drop_old(clock::time_point now) {
    std::erase_if(answers_, [now](const auto& one) {
        return one.second.answer->over && now - one.second.at > longest_wait;
    });
}

void partial_list::forget(const std::string& exchange) {
    answers_.erase(exchange);
    if (is_committed_.insert(exchange).second) {
        committed_.push_back(exchange);
    }
    if (committed_.size() > most_committed) {
        is_committed_.erase(committed_.front());
        committed_.pop_front();
    }
}

void partial_list::clear() {
    answers_.clear();
}

std::vector<partial_news> partial_list::news(const event_filter& filter, partials_sent& sent,
                                             std::size_t max_bytes) const {
    std::vector<partial_news> found;
    std::size_t bytes = 0;
    if (sent.version == version_) {
        return found;
    }
    for (const auto& [id, one] : answers_) {
        if (one.version <= sent.version || !filter.takes(one.answer->about)) {
            continue;
        }
        if (bytes >= max_bytes) {
            return found;  // as `sent` has the version of before, the rest is found the next time
        }
        auto& had = sent.answers[id];
        partial_news news{one.answer, {}};
        for (std::size_t i = 0; i < one.answer->blocks.size(); ++i) {
            had.blocks.resize(std::max(had.blocks.size(), i + 1));
            auto& block = had.blocks[i];
            const auto size = one.answer->blocks[i].text.size();
            const bool same = block.revision == one.revisions[i];
            if (!same || block.bytes < size) {
                news.pieces.push_back({i, same ? block.bytes : 0});
                bytes += size - news.pieces.back().from;
            }
            block = {one.revisions[i], size};
        }
        if (!news.pieces.empty() || had.over != one.answer->over) {
            found.push_back(std::move(news));
        }
        had.over = one.answer->over;
    }
    sent.version = version_;
    std::erase_if(sent.answers, [this](const auto& one) { return !answers_.contains(one.first); });
    return found;
}

std::vector<partial_answer> partial_list::subjects(const event_filter& filter) const {
    std::vector<partial_answer> found;
    for (const auto& [id, one] : answers_) {
        if (!one.answer->over && filter.takes(one.answer->about)) {
            auto& made = found.emplace_back(*one.answer);
            made.blocks.clear();
        }
    }
    return found;
}

}  // namespace tapes::live
