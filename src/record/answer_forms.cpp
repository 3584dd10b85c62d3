#include "answer_forms.hpp"

#include "content_agreement.hpp"

#include <algorithm>

namespace tapes::record {

namespace {

bool is_empty_answer(const merkle::message& one) {
    return one.content.empty() && is_answer(one);
}

auto from_index(std::vector<merkle::message>& messages, std::size_t first) {
    return messages.begin() + static_cast<std::ptrdiff_t>(std::min(first, messages.size()));
}

}  // namespace

bool has_empty_answers(const std::vector<merkle::message>& messages, std::size_t first) {
    for (auto i = first; i < messages.size(); ++i) {
        if (is_empty_answer(messages[i])) {
            return true;
        }
    }
    return false;
}

std::vector<merkle::message> without_empty_answers(std::vector<merkle::message> messages, std::size_t first) {
    messages.erase(std::remove_if(from_index(messages, first), messages.end(), is_empty_answer),
                   messages.end());
    return messages;
}

bool has_cut_answers(const std::vector<merkle::message>& messages, std::size_t first) {
    for (auto i = first + 1; i < messages.size(); ++i) {
        if (is_answer(messages[i]) && is_answer(messages[i - 1])) {
            return true;
        }
    }
    return false;
}

std::vector<merkle::message> join_answers(const std::vector<merkle::message>& messages, std::size_t first) {
    std::vector<merkle::message> joined;
    joined.reserve(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const auto& one = messages[i];
        if (i > first && is_answer(one) && is_answer(messages[i - 1])) {
            auto& whole = joined.back().content;
            whole.insert(whole.end(), one.content.begin(), one.content.end());
        } else {
            joined.push_back(one);
        }
    }
    return joined;
}

}  // namespace tapes::record
