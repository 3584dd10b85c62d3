#include "transcript/blocks.hpp"
#include "transcript/branch_table.hpp"
#include "transcript/content_scanner.hpp"
#include "transcript/dropped_list.hpp"
#include "transcript/folding.hpp"

#include <tapes/llm/typed_text.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <deque>
#include <utility>

namespace tapes::read {

namespace {

/// So much of the messages behind an answer is held to look for the results of its calls.
constexpr std::uint64_t most_held_bytes = std::uint64_t{16} << 20;
/// So many exchanges are told of one answer, and so many of the newest are looked at for those of a session.
constexpr std::size_t most_exchanges = 16;
constexpr std::size_t most_looked_at = 256;

std::uint64_t held_bytes(const content& of) {
    std::uint64_t sum = 0;
    for (const auto& one : of.blocks) {
        sum += sizeof one + one.text.text.size() + one.summary.size();
    }
    return sum;
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Has what a person typed stand in blocks of its own, before the text in which the client put it.
void set_injected_apart(std::vector<block>& blocks) {
    std::vector<block> apart;
    apart.reserve(blocks.size());
    for (auto& one : blocks) {
        if (one.kind == block_kind::text) {
            auto typed = llm::typed_text(one.text.text);
            if (typed != without_blanks(one.text.text)) {
                if (!typed.empty()) {
                    apart.push_back(one);
                    const auto bytes = typed.size();
                    apart.back().text = {std::move(typed), bytes};
                }
                one.kind = block_kind::injected;
            }
        }
        apart.push_back(std::move(one));
    }
    blocks = std::move(apart);
}

}  // namespace

std::size_t number_of(const std::vector<catalogue::thread>& threads, std::int64_t id) noexcept {
    const auto found = std::ranges::lower_bound(threads, id, {}, &catalogue::thread::id);
    return found == threads.end() || found->id != id ? 0
                                                     : static_cast<std::size_t>(found - threads.begin()) + 1;
}

begun_thread numbered_thread(const std::vector<catalogue::thread>& threads, std::size_t index) {
    const auto& one = threads.at(index);
    return {one, index + 1, number_of(threads, one.continues)};
}

content read_content(store::chain_reader& from, std::int64_t node, const block_limits& limits) {
    content_scanner scanner{limits};
    content made;
    made.bytes = from.content(node, [&](std::string_view piece) {
        scanner.feed(piece);
        return !scanner.failed();
    });
    text::count_work(made.bytes + 1);
    made.malformed = !scanner.whole();
    made.more_blocks = scanner.more_blocks();
    made.blocks.reserve(scanner.blocks().size());
    for (auto& one : scanner.blocks()) {
        made.blocks.push_back(make_block(std::move(one), node, made.blocks.size()));
    }
    return made;
}

class transcript::impl {
public:
    impl(sources& from, const transcript_request& request);

    std::optional<entry> next();
    std::uint64_t turns() const noexcept { return turns_; }
    void go_to_end() noexcept { request_.last_turn = std::numeric_limits<std::uint64_t>::max(); }

private:
    void skip_to_first_turn();
    void advance();
    message load(const store::chain_link& link);
    void read_behind(message& answer);
    void tell_answer(message&& answer);
    void append(std::vector<exchange>&& given);
    std::vector<exchange> take_exchanges(message& of);
    bool is_elsewhere(std::int64_t seq);
    void tell_prompts();
    void tell_dropped(std::int64_t before);
    void tell_branches(std::int64_t node);

    sources& from_;
    transcript_request request_;
    std::vector<store::chain_link> chain_;
    std::uint64_t turns_ = 0;
    std::size_t at_ = 0;      ///< in chain_: what is read next
    std::uint64_t turn_ = 1;  ///< of what is read next
    std::deque<message> prompts_;
    std::deque<entry> ready_;
    std::vector<catalogue::thread> threads_;
    branch_table branches_;
    dropped_list dropped_;
    bool ended_ = false;
};

transcript::impl::impl(sources& from, const transcript_request& request)
    : from_{from},
      request_{request},
      chain_{from.chains.chain(request.head)},
      branches_{from, request.session, request.thread, chain_},
      dropped_{from, request.dropped ? request.session : 0} {
    turns_ = static_cast<std::uint64_t>(std::ranges::count_if(chain_, &store::chain_link::answer));
    if (from_.catalogue && request_.session != 0) {
        threads_ = from_.catalogue->threads(request_.session);
    }
    skip_to_first_turn();
}

void transcript::impl::skip_to_first_turn() {
    while (turn_ < request_.first_turn && at_ < chain_.size()) {
        turn_ += chain_[at_].answer ? 1 : 0;
        dropped_.skip_past(chain_[at_].exchange);
        ++at_;
    }
}

std::optional<entry> transcript::impl::next() {
    text::count_work(64);
    while (ready_.empty() && !ended_) {
        advance();
    }
    if (ready_.empty()) {
        return std::nullopt;
    }
    auto made = std::move(ready_.front());
    ready_.pop_front();
    return made;
}

message transcript::impl::load(const store::chain_link& link) {
    message made;
    made.node = link.node;
    made.answer = link.answer;
    made.turn = turn_;
    made.exchange = link.exchange;
    if (const auto row = from_.chains.row(link.node)) {
        made.hash = row->hash;
        made.role = row->role;
        made.created_at_us = row->created_at_us;
    }
    made.said = read_content(from_.chains, link.node, request_.limits);
    if (made.role == "user") {
        set_injected_apart(made.said.blocks);
    }
    return made;
}

/// Tells what lies between two answers, and the second of them. What is before the first turn that is wanted
/// was passed over; what is behind the last one is read for the results of its calls alone.
void transcript::impl::advance() {
    if (at_ == chain_.size()) {
        tell_dropped(0);
        ended_ = true;
        return;
    }
    if (!chain_[at_].answer) {
        message nothing;
        read_behind(nothing);
        tell_prompts();
        return;
    }
    auto answer = load(chain_[at_++]);
    ++turn_;
    fold_own_results(answer.said.blocks);
    read_behind(answer);
    tell_answer(std::move(answer));
    if (turn_ > request_.last_turn) {
        ended_ = true;
        return;
    }
    tell_prompts();
}

void transcript::impl::read_behind(message& answer) {
    std::uint64_t held = 0;
    for (; at_ < chain_.size() && !chain_[at_].answer && held < most_held_bytes; ++at_) {
        auto prompt = load(chain_[at_]);
        const bool empty = prompt.said.blocks.empty();
        fold_results(answer.said.blocks, prompt.said.blocks);
        held += held_bytes(prompt.said);
        if (empty || !prompt.said.blocks.empty() || prompt.said.more_blocks != 0) {
            prompts_.push_back(std::move(prompt));
        }
    }
}

void transcript::impl::append(std::vector<exchange>&& given) {
    for (auto& one : given) {
        ready_.emplace_back(std::move(one));
    }
}

void transcript::impl::tell_answer(message&& answer) {
    const auto node = answer.node;
    auto given = take_exchanges(answer);
    const auto begun = [&](const catalogue::thread& one) {
        return one.parent == request_.thread && one.call_node == node && request_.thread != 0;
    };
    ready_.emplace_back(std::move(answer));
    append(std::move(given));
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        if (begun(threads_[i])) {
            ready_.emplace_back(numbered_thread(threads_, i));
        }
    }
    tell_branches(node);
}

bool transcript::impl::is_elsewhere(std::int64_t seq) {
    return request_.session != 0 && from_.catalogue &&
           from_.catalogue->session_of_exchange(seq).value_or(catalogue::session{}).id != request_.session;
}

/// The newest exchanges that ended with a message, of the session where one is asked for, in their order.
std::vector<exchange> transcript::impl::take_exchanges(message& of) {
    std::vector<exchange> newest;
    std::size_t looked_at = 0;
    auto page = from_.answers_of(of.node);
    const bool only = page.size() == 1;
    while (!page.empty() && newest.size() < most_exchanges && looked_at < most_looked_at) {
        for (auto seq = page.rbegin(); seq != page.rend() && newest.size() < most_exchanges; ++seq) {
            text::count_work(64);
            ++looked_at;
            auto found = only || !is_elsewhere(*seq) ? from_.find_exchange(*seq) : std::nullopt;
            if (found) {
                newest.push_back(std::move(*found));
            }
        }
        page = only ? std::vector<std::int64_t>{} : from_.answers_of(of.node, page.front());
    }
    if (looked_at >= most_exchanges) {
        const auto all = from_.chains.count_answered(of.node);
        of.more_exchanges = all - std::min<std::uint64_t>(all, looked_at);
    }
    std::ranges::reverse(newest);
    return newest;
}

void transcript::impl::tell_prompts() {
    if (at_ < chain_.size() && chain_[at_].answer && chain_[at_].exchange != 0) {
        tell_dropped(chain_[at_].exchange);
    }
    for (auto& one : prompts_) {
        const auto node = one.node;
        auto given = one.exchange != 0 ? take_exchanges(one) : std::vector<exchange>{};
        ready_.emplace_back(std::move(one));
        append(std::move(given));
        tell_branches(node);
    }
    prompts_.clear();
}

void transcript::impl::tell_dropped(std::int64_t before) {
    while (auto one = dropped_.next(before)) {
        ready_.emplace_back(std::move(*one));
    }
}

void transcript::impl::tell_branches(std::int64_t node) {
    if (auto found = branches_.at(node)) {
        ready_.emplace_back(std::move(*found));
    }
}

transcript::transcript(sources& from, const transcript_request& request)
    : impl_{std::make_unique<impl>(from, request)} {}
transcript::~transcript() = default;

std::optional<entry> transcript::next() {
    return impl_->next();
}

std::uint64_t transcript::turns() const noexcept {
    return impl_->turns();
}

void transcript::go_to_end() noexcept {
    impl_->go_to_end();
}

}  // namespace tapes::read
