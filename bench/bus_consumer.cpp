/// The consumer of room bus, with a handler that does next to nothing: how fast it reads, to compare with
/// librdkafka alone (consumer.cpp).
///
///   tapes_bench_bus_consumer TOPIC COUNT PROPERTY=VALUE...
///
/// Takes COUNT records as the only member of a new group, in batches, and commits them. The clock starts with
/// the first batch. Prints one JSON object; exit code 1 on any failure.
#include "cpu_time.hpp"

#include <tapes/bus/kafka.hpp>

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>

namespace {

using std::chrono::steady_clock;

class counter : public tapes::bus::subscriber {
public:
    explicit counter(unsigned long long wanted) : wanted_{wanted} {}

    tapes::bus::outcome handle(std::span<const tapes::bus::message> batch) override {
        std::uint64_t sum = 0;
        for (const auto& one : batch) {
            for (std::size_t at = 0; at < one.value.size(); at += 64) {
                sum += static_cast<unsigned char>(one.value[at]);
            }
        }
        const std::lock_guard guard{mutex_};
        sum_ += sum;
        seen_ += batch.size();
        if (before_ == 0) {
            before_ = seen_;
            start_ = steady_clock::now();
            cpu_ = cpu_seconds();
        }
        if (seen_ >= wanted_) {
            done_.notify_all();
        }
        return tapes::bus::outcome::all(batch);
    }

    bool bury(const tapes::bus::message&, std::string_view, unsigned) override { return false; }

    void trouble(tapes::bus::severity how_bad, std::string_view what) override {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
        if (how_bad == tapes::bus::severity::fatal) {
            std::exit(1);
        }
    }

    bool wait() {
        std::unique_lock lock{mutex_};
        return done_.wait_for(lock, std::chrono::minutes{2}, [&] { return seen_ >= wanted_; });
    }

    void print() {
        const std::lock_guard guard{mutex_};
        const double seconds = std::chrono::duration<double>(steady_clock::now() - start_).count();
        const auto measured = static_cast<double>(seen_ - before_);
        std::printf("{\"events\":%llu,\"measured\":%.0f,\"seconds\":%.6f,\"cpu_us\":%.3f,\"sum\":%llu}\n",
                    seen_, measured, seconds, measured > 0 ? (cpu_seconds() - cpu_) * 1e6 / measured : 0.0,
                    static_cast<unsigned long long>(sum_));
    }

private:
    const unsigned long long wanted_;
    std::mutex mutex_;
    std::condition_variable done_;
    unsigned long long seen_ = 0;
    unsigned long long before_ = 0;  // that came with the first batch: their way is not measured
    std::uint64_t sum_ = 0;
    steady_clock::time_point start_;
    double cpu_ = 0;
};

int measure(const char* topic, unsigned long long wanted, int count, char** properties) {
    tapes::bus::kafka_settings how;
    for (int i = 0; i < count; ++i) {
        const std::string both = properties[i];
        const auto split = both.find('=');
        if (split == std::string::npos) {
            std::fprintf(stderr, "tapes_bench_bus_consumer: a property is NAME=VALUE\n");
            return 2;
        }
        if (both.substr(0, split) == "bootstrap.servers") {
            how.brokers = {both.substr(split + 1)};
        } else {
            how.properties[both.substr(0, split)] = both.substr(split + 1);
        }
    }
    counter counts{wanted};
    const auto bus = tapes::bus::make_kafka_bus(how);
    tapes::bus::consumer_options options;
    options.topics = {topic};
    options.group = std::string{topic} + "-bus-" + std::to_string(::getpid());  // each run reads it all
    options.batch_messages = 1000;
    const auto consumer = bus->make_consumer(counts, options);
    if (!counts.wait()) {
        std::fprintf(stderr, "tapes_bench_bus_consumer: not all records came in time\n");
        return 1;
    }
    counts.print();
    return consumer->stop(steady_clock::now() + std::chrono::seconds{20}) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: tapes_bench_bus_consumer TOPIC COUNT PROPERTY=VALUE...\n");
        return 2;
    }
    try {
        return measure(argv[1], std::strtoull(argv[2], nullptr, 10), argc - 3, argv + 3);
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "tapes_bench_bus_consumer: %s\n", failed.what());
        return 1;
    }
}
