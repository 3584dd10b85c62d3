#include "filtered_journal.hpp"

#include <utility>

namespace tapes::publish {
namespace {

using namespace std::chrono_literals;

/// A save of its own for each delivery would be a commit for each.
constexpr auto save_interval = 250ms;
constexpr std::size_t turns_at_once = 512;

}  // namespace

filtered_journal::filtered_journal(const std::string& path, store::writer& writer, journal_settings settings)
    : store_journal{path, writer, std::move(settings)}, turns_{path}, sent_{path, settings_.name} {}

std::vector<journal_row> filtered_journal::read(std::uint64_t after_seq, std::uint64_t max_bytes) {
    take_back(after_seq);
    const auto last = last_seq();
    std::vector<journal_row> made;
    std::uint64_t bytes = 0;
    for (const auto& turn : turns_.read(after_seq, last, turns_at_once)) {
        // Nodes that came without an exchange are turns of their own in one row.
        if (made.empty() || made.back().seq != turn.seq) {
            if (bytes >= max_bytes) {
                break;
            }
            made.emplace_back().seq = turn.seq;
            given_.push_back({turn.seq, {}});
        }
        auto& row = made.back();
        if (turn.kind == store::log_kind::dead_letter) {
            add_events(row, turn.kind, turn.ref);
        } else if (takes(turn)) {
            for (std::size_t i = 0; settings_.events.nodes && i < turn.heads.size(); ++i) {
                bytes += add_chain(row, turn.heads[i]);
            }
            add_events(row, turn.kind, turn.ref);
        }
    }
    if (made.empty() && last > after_seq) {
        made.emplace_back().seq = last;  // rows in which there is nothing at all
    }
    return made;
}

bool filtered_journal::takes(const store::logged_turn& turn) const {
    return settings_.events.turns.takes(turn.provider, turn.agent_name, turn.project);
}

std::uint64_t filtered_journal::add_chain(journal_row& to, std::int64_t head) {
    std::vector<std::int64_t> missing;
    for (auto at = head; at != 0 && !given_nodes_.contains(at) && !sent_.sent(at);) {
        missing.push_back(at);
        at = turns_.ancestors(at).parent;
    }
    std::uint64_t bytes = 0;
    for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
        if (auto node = reader_.node(*at)) {
            bytes += node->content.size();
            to.nodes.push_back(std::move(*node));
        }
        given_nodes_.insert(*at);
        given_.back().nodes.push_back(*at);
    }
    return bytes;
}

/// The rows behind are read, and sent, once more.
void filtered_journal::take_back(std::uint64_t after_seq) {
    while (!given_.empty() && given_.back().seq > after_seq) {
        for (const auto node : given_.back().nodes) {
            given_nodes_.erase(node);
        }
        given_.pop_back();
    }
}

/// What is on disk need not be remembered.
std::optional<std::uint64_t> filtered_journal::saved_cursor() {
    const auto saved = store_journal::saved_cursor();
    while (saved && !given_.empty() && given_.front().seq <= *saved && given_.front().seq <= asked_) {
        for (const auto node : given_.front().nodes) {
            given_nodes_.erase(node);
        }
        given_.pop_front();
    }
    return saved;
}

void filtered_journal::save_cursor(std::uint64_t seq, bool now) {
    wanted_ = seq;
    moved_ = true;
    if (now || clock::now() - asked_at_ >= save_interval) {
        hand_over();
    }
}

void filtered_journal::flush() {
    if (moved_) {
        hand_over();
    }
}

void filtered_journal::hand_over() {
    std::vector<store::sent_node> nodes;
    for (const auto& row : given_) {
        if (row.seq > asked_ && row.seq <= wanted_) {
            for (const auto node : row.nodes) {
                nodes.push_back({node, row.seq});
            }
        }
    }
    asked_ = wanted_;
    moved_ = false;
    asked_at_ = clock::now();
    store::save_sent(writer_, settings_.name, wanted_, std::move(nodes));
}

void filtered_journal::keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) {
    keep(std::move(letter), std::nullopt);
    save_cursor(moved_to, true);  // behind it in the same group
}

}  // namespace tapes::publish
