#include <tapes/bus/sync_writer.hpp>

#include <algorithm>
#include <utility>

namespace tapes::bus {

using clock = sync::condition_variable::clock;

sync_writer::sync_writer(message_bus& bus, producer_options options)
    : bus_{bus}, options_{options}, producer_{bus.make_producer(*this, options)} {}

sync_writer::~sync_writer() {
    producer_.reset();
}

write_result sync_writer::write(record record, std::chrono::milliseconds timeout) {
    const sync::lock_guard alone{one_at_a_time_};
    if (!producer_) {
        try {
            producer_ = bus_.make_producer(*this, options_);
        } catch (const bus_error& error) {
            return {failure::transient, error.what()};
        }
    }
    {
        const sync::lock_guard hold{mutex_};
        record.opaque = ++awaited_;
        result_.reset();
        last_trouble_.clear();
    }
    const auto accepted = producer_->produce(record);
    if (accepted.status != acceptance::accepted) {
        producer_.reset();
        const bool never = accepted.status == acceptance::refused;
        return {never ? failure::too_large : failure::transient, accepted.reason};
    }
    sync::unique_lock hold{mutex_};
    const auto deadline = clock::now() + timeout;
    while (!result_ && clock::now() < std::min(deadline, finish_by_)) {
        changed_.wait_until(hold, std::min(deadline, finish_by_));
    }
    const bool reported = result_.has_value();
    if (reported && result_->written()) {
        return {};
    }
    auto result = reported ? *result_ : write_result{failure::transient, "no answer: " + last_trouble_};
    hold.unlock();
    producer_.reset();  // a failed batch may have stopped it, and what is queued must not come later
    return result;
}

void sync_writer::finish_by(std::chrono::steady_clock::time_point deadline) {
    const sync::lock_guard hold{mutex_};
    finish_by_ = std::min(finish_by_, deadline);
    changed_.notify_all();
}

void sync_writer::delivered(std::span<const delivery_report> reports) {
    const sync::lock_guard hold{mutex_};
    for (const auto& report : reports) {
        if (report.opaque == awaited_) {
            result_ = write_result{report.why, std::string(report.reason)};
            changed_.notify_all();
        }
    }
}

void sync_writer::trouble(severity, std::string_view text) {
    const sync::lock_guard hold{mutex_};
    last_trouble_ = text;
}

}  // namespace tapes::bus
