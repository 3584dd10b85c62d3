#include "outgoing.hpp"

#include <tapes/publish/replay_target.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <stdexcept>
#include <utility>

namespace tapes::publish {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What Kafka adds to a record in a batch of its own, and the names of headers, at most.
constexpr std::uint64_t framing_bytes = 1024;
/// How long a full queue may stay full.
constexpr std::chrono::seconds queue_patience{60};

class topic_target : public replay_target, private bus::producer_events {
public:
    topic_target(bus::message_bus& bus, std::string topic, std::uint64_t most, std::uint64_t begun,
                 std::function<void(std::string_view)> tell)
        : topic_{std::move(topic)}, most_{most}, bytes_{begun}, tell_{std::move(tell)} {
        producer_ = bus.make_producer(*this, {most});
    }
    ~topic_target() override { producer_.reset(); }
    topic_target(const topic_target&) = delete;
    topic_target& operator=(const topic_target&) = delete;

    std::uint64_t most_bytes() const override {
        return most_ > framing_bytes ? most_ - framing_bytes : most_;
    }

    void send(const event::event_record& event) override {
        const outgoing whole{event, topic_};
        const auto until = steady_clock::now() + queue_patience;
        for (auto result = producer_->produce(whole.record());; result = producer_->produce(whole.record())) {
            if (result.status == bus::acceptance::accepted) {
                break;
            }
            if (result.status != bus::acceptance::queue_full || steady_clock::now() > until) {
                throw bus::bus_error{"topic " + topic_ + ": event " + event.id + ": " + result.reason};
            }
            producer_->flush(steady_clock::now() + milliseconds{100});
            check();
        }
        ++sent_;
        bytes_ += event.key.size() + event.value.size();
    }

    bool settle(milliseconds patience) override {
        producer_->flush(steady_clock::now() + patience);
        check();
        return delivered_.load() == sent_;
    }

    std::uint64_t bytes() const override { return bytes_; }

private:
    void delivered(std::span<const bus::delivery_report> reports) override {
        for (const auto& report : reports) {
            if (report.why == bus::failure::none) {
                ++delivered_;
            } else if (report.why != bus::failure::purged) {
                fail(std::string{report.reason});
            }
        }
    }

    void trouble(bus::severity level, std::string_view text) override {
        if (level == bus::severity::fatal) {
            fail(std::string{text});
        } else if (level == bus::severity::unreachable && tell_) {
            tell_(text);
        }
    }

    void fail(std::string why) {
        const sync::lock_guard hold{mutex_};
        if (failure_.empty()) {
            failure_ = why.empty() ? "not delivered" : std::move(why);
        }
    }

    void check() {
        const sync::lock_guard hold{mutex_};
        if (!failure_.empty()) {
            throw bus::bus_error{"topic " + topic_ + ": " + failure_};
        }
    }

    const std::string topic_;
    const std::uint64_t most_;
    std::uint64_t bytes_;
    std::uint64_t sent_ = 0;
    std::atomic<std::uint64_t> delivered_{0};
    sync::mutex mutex_;
    std::string failure_ TAPES_GUARDED_BY(mutex_);
    const std::function<void(std::string_view)> tell_;
    std::unique_ptr<bus::producer> producer_;  // last: it calls back until it is destroyed
};

}  // namespace

std::unique_ptr<replay_target> make_topic_target(bus::message_bus& bus, std::string topic,
                                                 std::uint64_t most_bytes, std::uint64_t begun,
                                                 std::function<void(std::string_view)> trouble) {
    return std::make_unique<topic_target>(bus, std::move(topic), most_bytes, begun, std::move(trouble));
}

}  // namespace tapes::publish
