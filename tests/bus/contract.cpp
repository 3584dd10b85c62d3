#include "contract.hpp"

#include "mock_cluster.hpp"

#include <tapes/bus/kafka.hpp>
#include <tapes/bus/memory.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <random>

namespace tapes::bus::test {
namespace {

using namespace std::chrono_literals;

std::string fresh_name() {
    static std::atomic<int> count{0};
    static const auto run = std::random_device{}();
    return "contract." + std::to_string(run) + "." + std::to_string(++count);
}

class memory_place : public place {
public:
    message_bus& bus() override { return bus_; }
    std::string topic(int partitions) override {
        topic_spec wanted;
        wanted.name = fresh_name();
        wanted.partitions = partitions;
        bus_.make_admin()->create_topic(wanted, 1s);
        return wanted.name;
    }
    std::chrono::milliseconds session() const override { return 50ms; }  // it ends none
    bool evict() override {
        bus_.evict_consumers();
        return true;
    }
    bool break_consumers() override {
        bus_.break_consumers("as the test decided");
        return true;
    }

private:
    memory_bus bus_;
};

class mock_place : public place {
public:
    message_bus& bus() override { return *bus_; }
    std::string topic(int partitions) override {
        auto name = fresh_name();
        cluster_.create_topic(name, partitions);
        return name;
    }
    std::chrono::milliseconds session() const override { return 4s; }  // it holds a first join for 3 s
    bool evict() override {
        cluster_.fail_heartbeat(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
        return true;
    }
    bool break_consumers() override {
        cluster_.fail_heartbeat(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
        return true;
    }

private:
    mock_cluster cluster_;
    std::unique_ptr<message_bus> bus_ = make_kafka_bus(cluster_.settings());
};

class broker_place : public place {
public:
    message_bus& bus() override { return *bus_; }
    std::string topic(int partitions) override {
        topic_spec wanted;
        wanted.name = fresh_name();
        wanted.partitions = partitions;
        const auto admin = bus_->make_admin();
        admin->create_topic(wanted, 20s);
        REQUIRE(eventually([&] { return admin->topic(wanted.name, 5s).has_value(); }));
        return wanted.name;
    }
    std::chrono::milliseconds session() const override { return 6s; }
    bool evict() override { return false; }
    bool break_consumers() override { return false; }

private:
    std::unique_ptr<message_bus> bus_ = make_kafka_bus({{std::getenv("TAPES_TEST_BROKERS")}, "contract", {}});
};

}  // namespace

std::vector<std::string> places(on_mock wanted) {
    if (const char* brokers = std::getenv("TAPES_TEST_BROKERS"); brokers != nullptr && *brokers != '\0') {
        return {"broker"};
    }
    return wanted == on_mock::yes ? std::vector<std::string>{"memory", "mock"}
                                  : std::vector<std::string>{"memory"};
}

std::unique_ptr<place> make_place(const std::string& name) {
    if (name == "memory") {
        return std::make_unique<memory_place>();
    }
    if (name == "mock") {
        return std::make_unique<mock_place>();
    }
    return std::make_unique<broker_place>();
}

outcome recorder::handle(std::span<const message> batch) {
    {
        std::unique_lock hold(mutex_);
        batches_.push_back(batch.size());
        for (const auto& one : batch) {
            auto& seen = seen_.emplace_back();
            seen.topic = one.topic;
            seen.partition = one.partition;
            seen.offset = one.offset;
            seen.key = one.key;
            seen.value = one.value;
            seen.timestamp_ms = one.timestamp_ms;
            for (const auto& field : one.headers) {
                seen.headers[field.name] = field.value;
            }
        }
        changed_.notify_all();
        changed_.wait_for(hold, 60s, [this] { return gate_open_; });  // a test that failed ends all the same
    }
    auto said = answer_(batch);
    const std::lock_guard hold(mutex_);
    finished_ += said.handled;
    changed_.notify_all();
    return said;
}

bool recorder::bury(const message& message, std::string_view reason, unsigned attempts) {
    const std::lock_guard hold(mutex_);
    changed_.notify_all();
    if (to_refuse_ > 0) {
        --to_refuse_;
        ++refused_;
        return false;
    }
    buried_.push_back({std::string(message.value), std::string(reason), attempts});
    return true;
}

void recorder::trouble(severity level, std::string_view) {
    const std::lock_guard hold(mutex_);
    fatal_ = fatal_ || level == severity::fatal;
    changed_.notify_all();
}

void recorder::close_gate() {
    const std::lock_guard hold(mutex_);
    gate_open_ = false;
}

void recorder::open_gate() {
    const std::lock_guard hold(mutex_);
    gate_open_ = true;
    changed_.notify_all();
}

void recorder::refuse_dead_letters(int count) {
    const std::lock_guard hold(mutex_);
    to_refuse_ = count;
}

bool recorder::wait(const std::function<bool(const recorder&)>& until, std::chrono::milliseconds patience) {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, patience, [&] { return until(*this); });
}

bool recorder::wait_seen(std::size_t count) {
    return wait([&](const auto&) { return seen_.size() >= count; });
}

bool recorder::wait_finished(std::size_t count) {
    return wait([&](const auto&) { return finished_ >= count; });
}

bool recorder::wait_fatal() {
    return wait([&](const auto&) { return fatal_; });
}

std::vector<seen_message> recorder::seen() const {
    const std::lock_guard hold(mutex_);
    return seen_;
}

std::vector<std::string> recorder::values() const {
    const std::lock_guard hold(mutex_);
    std::vector<std::string> out;
    out.reserve(seen_.size());
    for (const auto& one : seen_) {
        out.push_back(one.value);
    }
    return out;
}

std::vector<std::size_t> recorder::batches() const {
    const std::lock_guard hold(mutex_);
    return batches_;
}

std::vector<recorder::dead> recorder::buried() const {
    const std::lock_guard hold(mutex_);
    return buried_;
}

std::size_t recorder::refused() const {
    const std::lock_guard hold(mutex_);
    return refused_;
}

std::int64_t sent_at_ms() {
    static const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count();
    return now;
}

void send(message_bus& bus, const std::string& topic,
          const std::vector<std::pair<std::string, std::string>>& keys_and_values,
          std::vector<header> headers) {
    class reports : public producer_events {
    public:
        void delivered(std::span<const delivery_report> list) override {
            for (const auto& one : list) {
                failed += one.why == failure::none ? 0 : 1;
            }
        }
        void trouble(severity, std::string_view) override {}
        std::atomic<int> failed{0};
    } events;
    auto producer = bus.make_producer(events, {});
    std::uint64_t opaque = 0;
    for (const auto& [key, value] : keys_and_values) {
        REQUIRE(producer->produce({topic, key, value, headers, sent_at_ms(), ++opaque}).status ==
                acceptance::accepted);
    }
    REQUIRE(producer->flush(soon()));
    producer.reset();
    REQUIRE(events.failed == 0);
}

std::vector<std::pair<std::string, std::string>> numbered(int count, int keys, int from) {
    std::vector<std::pair<std::string, std::string>> out;
    for (int i = from; i < from + count; ++i) {
        out.emplace_back("k" + std::to_string(i % keys), std::to_string(i));
    }
    return out;
}

std::chrono::steady_clock::time_point soon(std::chrono::milliseconds in) {
    return std::chrono::steady_clock::now() + in;
}

}  // namespace tapes::bus::test
