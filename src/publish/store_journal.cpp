#include "store_journal.hpp"

#include "filtered_journal.hpp"

#include <algorithm>
#include <utility>

namespace tapes::publish {
namespace {

constexpr std::size_t rows_at_once = 4096;

}  // namespace

event::any_event journal_row::at(std::size_t index) const {
    if (index < nodes.size()) {
        return &nodes[index];
    }
    if (index == nodes.size() && exchange) {
        return &*exchange;
    }
    return &*letter;
}

store_journal::store_journal(const std::string& path, store::writer& writer, journal_settings settings)
    : reader_{path},
      writer_{writer},
      settings_{std::move(settings)},
      events_{path},
      letters_{settings_.events.letters.empty() ? nullptr : std::make_unique<store::letter_reader>(path)} {}

std::vector<journal_row> store_journal::read(std::uint64_t after_seq, std::uint64_t max_bytes) {
    auto found = rows(after_seq, max_bytes);
    std::vector<journal_row> made;
    made.reserve(found.size());
    for (auto& row : found) {
        auto& to = made.emplace_back();
        to.seq = row.seq;
        to.nodes = std::move(row.nodes);
        add_events(to, row.kind, row.ref);
    }
    return made;
}

std::vector<store::log_row> store_journal::rows(std::uint64_t after_seq, std::uint64_t max_bytes) {
    return settings_.events.nodes ? reader_.read_log(after_seq, max_bytes)
                                  : events_.rows(after_seq, rows_at_once);
}

void store_journal::add_events(journal_row& to, store::log_kind kind, std::int64_t ref) {
    const auto& events = settings_.events;
    const bool exchange = kind == store::log_kind::exchange || kind == store::log_kind::amendment;
    if (exchange && events.exchanges) {
        to.exchange = events_.exchange(ref);
    } else if (kind == store::log_kind::dead_letter && letters_) {
        auto change = letters_->change(ref);
        const bool ours = change && std::find(events.letters.begin(), events.letters.end(), change->kind) !=
                                        events.letters.end();
        if (ours && (!events.letter_source || events.letter_source(change->letter.source))) {
            to.letter = std::move(change);
        }
    }
}

void store_journal::keep(store::dead_letter letter, std::optional<std::uint64_t> moved_to) {
    letter.source = settings_.name;
    const auto due = settings_.first_retry ? settings_.first_retry(letter) : store::letter_due{};
    store::keep_dead_letter(writer_, std::move(letter), due, moved_to);
}

std::unique_ptr<journal> make_store_journal(const std::string& path, store::writer& writer,
                                            journal_settings settings) {
    if (settings.events.turns.empty()) {
        return std::make_unique<store_journal>(path, writer, std::move(settings));
    }
    return std::make_unique<filtered_journal>(path, writer, std::move(settings));
}

}  // namespace tapes::publish
