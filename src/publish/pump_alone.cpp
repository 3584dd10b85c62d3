#include "pump_impl.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace tapes::publish {
namespace {

constexpr std::chrono::milliseconds least_dead_time{200};
constexpr std::chrono::milliseconds most_dead_time{5000};

}  // namespace

/// The window is empty. Goes on where it stopped when the connection had to be given up in the middle.
void cursor_pump::impl::crawl(const journal_row& row) {
    if (crawl_.seq != row.seq) {
        crawl_ = {row.seq, 0, event::content_form::whole, {}};
    }
    while (crawl_.next < row.events()) {
        const auto fate = send_alone(row.at(crawl_.next));
        if (fate == alone::later) {
            return;
        }
        if (fate == alone::too_large && crawl_.form == event::content_form::whole) {
            crawl_.form = event::content_form::reference;
        } else {
            if (fate != alone::delivered) {
                crawl_.dead.emplace_back(crawl_.next, refusal_);
            }
            ++crawl_.next;
            crawl_.form = event::content_form::whole;
        }
        if (!is_connected_ && crawl_.next < row.events()) {
            return;
        }
    }
    bury(row);
}

cursor_pump::impl::alone cursor_pump::impl::send_alone(const event::any_event& source) {
    const auto opaque = window_.add(cursor_.load(), 1, 0);
    auto result = sink_->publish(source, crawl_.form, opaque);
    if (result.status == bus::acceptance::refused) {
        window_.take_back();
        refusal_ = std::move(result.reason);
        return alone::too_large;
    }
    if (result.status != bus::acceptance::accepted) {
        const bus::delivery_report report{opaque, bus::failure::transient, result.reason};
        window_.delivered({&report, 1});
    }
    while (!window_.trouble_so_far()) {
        const auto done = window_.take_done();
        if (done.rows > 0) {
            delivered_ += done.events;
            backoff_.reset();
            return alone::delivered;
        }
        if (past_deadline()) {
            return alone::later;
        }
        window_.wait(std::chrono::milliseconds(250));
    }
    const auto before = delivered_.load();
    auto fault = drop_connection();
    if (delivered_.load() != before) {
        return alone::delivered;  // its report had come before the trouble
    }
    if (!bus::permanent(fault.why)) {
        note_failure(fault.reason);
        return alone::later;
    }
    refusal_ = std::move(fault.reason);
    return fault.why == bus::failure::too_large ? alone::too_large : alone::invalid;
}

/// All events of the row that can be delivered are.
void cursor_pump::impl::bury(const journal_row& row) {
    for (std::size_t i = 0; i < crawl_.dead.size(); ++i) {
        const auto& [index, reason] = crawl_.dead[i];
        // Only the last one moves the cursor over the row, or a crash between two would lose the second.
        keep(row.at(index), row, reason, i + 1 < crawl_.dead.size() ? row.seq - 1 : row.seq);
        ++dead_;
    }
    suspects_.erase(row.seq);
    read_ = row.seq;
    move_cursor(row.seq, 0);
}

/// First where consumers see it: what the store keeps has been said.
void cursor_pump::impl::keep(const event::any_event& source, const journal_row& row,
                             const std::string& reason, std::uint64_t moved_to) {
    event::make_record(dead_record_, source, event::content_form::reference);
    if (settings_.announcements) {
        spdlog::error("cursor {}: {} {} can never be delivered: {}", settings_.name, dead_record_.type,
                      dead_record_.id, reason);
        return;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_.load() - clock::now());
    const auto written = sink_->write_dead(source, reason, std::clamp(left, least_dead_time, most_dead_time));
    if (!written.written()) {
        spdlog::warn("cursor {}: the dead letter of event {} is only in the store: {}", settings_.name,
                     dead_record_.id, written.reason);
    }
    store::dead_letter letter;
    letter.seq = row.seq;
    letter.event_id = dead_record_.id;
    letter.event_type = dead_record_.type;
    letter.topic = sink_->topic_of(dead_record_.type);
    letter.key = dead_record_.key;
    letter.reason = reason;
    log_->keep_dead_letter(moved_to, std::move(letter));
    spdlog::error("cursor {}: event {} can never be delivered and is kept as a dead letter: {}",
                  settings_.name, dead_record_.id, reason);
}

}  // namespace tapes::publish
