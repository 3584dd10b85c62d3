#include "pump_impl.hpp"

#include <tapes/merkle/digest.hpp>

#include <spdlog/spdlog.h>

namespace tapes::publish {

/// The window is empty. Goes on where it stopped when the connection had to be given up in the middle.
void cursor_pump::impl::crawl(const store::log_row& row) {
    if (crawl_.seq != row.seq) {
        crawl_ = {row.seq, 0, content_form::whole, {}};
    }
    while (crawl_.next < row.nodes.size()) {
        const auto fate = send_alone(row.nodes[crawl_.next]);
        if (fate == alone::later) {
            return;
        }
        if (fate == alone::too_large && crawl_.form == content_form::whole) {
            crawl_.form = content_form::reference;
        } else {
            if (fate != alone::delivered) {
                crawl_.dead.emplace_back(crawl_.next, refusal_);
            }
            ++crawl_.next;
            crawl_.form = content_form::whole;
        }
        if (!is_connected_ && crawl_.next < row.nodes.size()) {
            return;
        }
    }
    bury(row);
}

cursor_pump::impl::alone cursor_pump::impl::send_alone(const store::stored_node& node) {
    const auto opaque = window_.add(cursor_.load(), 1, 0);
    auto result = sink_->publish(node, crawl_.form, opaque);
    if (result.what == bus::acceptance::refused) {
        window_.take_back();
        refusal_ = std::move(result.reason);
        return alone::too_large;
    }
    if (result.what != bus::acceptance::accepted) {
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
void cursor_pump::impl::bury(const store::log_row& row) {
    for (std::size_t i = 0; i < crawl_.dead.size(); ++i) {
        const auto& [index, reason] = crawl_.dead[i];
        const auto id = merkle::to_hex(row.nodes[index].hash);
        // Only the last one moves the cursor over the row, or a crash between two would lose the second.
        const auto seq = i + 1 < crawl_.dead.size() ? row.seq - 1 : row.seq;
        store::dead_letter letter;
        letter.seq = row.seq;
        letter.event_id = id;
        letter.event_type = node_event_type;
        letter.key = merkle::to_hex(row.nodes[index].root);
        letter.reason = reason;
        log_->keep_dead_letter(seq, std::move(letter));
        ++dead_;
        spdlog::error("cursor {}: event {} can never be delivered and is kept as a dead letter: {}",
                      how_.name, id, reason);
    }
    suspects_.erase(row.seq);
    read_ = row.seq;
    move_cursor(row.seq, 0);
}

}  // namespace tapes::publish
