#pragma once

#include "eventually.hpp"

#include <tapes/bus/bus.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tapes::bus::test {

/// A bus that the contract is held against: in memory, Kafka's mock cluster, or a real broker.
class place {
public:
    virtual ~place() = default;

    virtual message_bus& bus() = 0;
    /// A new topic.
    virtual std::string topic(int partitions) = 0;
    /// The shortest session timeout that the bus takes.
    virtual std::chrono::milliseconds session() const = 0;
    /// All partitions are taken from all consumers as from one that was not heard of for too long. False
    /// where that cannot be brought about.
    virtual bool evict() = 0;
    /// The consumers fail for good. False where that cannot be brought about.
    virtual bool break_consumers() = 0;
};

/// Whether a case is held against the mock cluster too. It holds every first join of a group for 3 s, so that
/// is for the cases that need Kafka's protocol and no broker, and for one of each kind of the rest.
enum class on_mock : bool { no, yes };

/// "memory", and "mock" where wanted; where TAPES_TEST_BROKERS is set, "broker" alone.
std::vector<std::string> places(on_mock wanted);
std::unique_ptr<place> make_place(const std::string& name);

/// The rest of the case runs once in each place: `at`, named `where`.
#define TAPES_ON_EACH(wanted)                                                  \
    const auto where = GENERATE(from_range(tapes::bus::test::places(wanted))); \
    INFO("on " << where);                                                      \
    const auto at = tapes::bus::test::make_place(where)
#define TAPES_ON_EACH_BUS TAPES_ON_EACH(tapes::bus::test::on_mock::no)
#define TAPES_ON_EACH_BUS_AND_THE_MOCK TAPES_ON_EACH(tapes::bus::test::on_mock::yes)

/// What a subscriber was given.
struct seen_message {
    std::string topic;
    int partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::map<std::string, std::string> headers;
    std::int64_t timestamp_ms = 0;
};

/// Remembers all it sees; what it answers can be chosen.
class recorder : public subscriber {
public:
    using answer = std::function<outcome(std::span<const message>)>;

    explicit recorder(answer answer = outcome::all) : answer_{std::move(answer)} {}
    ~recorder() override { open_gate(); }

    outcome handle(std::span<const message> batch) override;
    bool bury(const message& message, std::string_view reason, unsigned attempts) override;
    void trouble(severity level, std::string_view text) override;

    /// While closed, `handle` does not return: what it was given shows in `seen`, not in `finished`.
    void close_gate();
    void open_gate();
    /// How many dead letters `bury` is to refuse.
    void refuse_dead_letters(int count);

    bool wait(const std::function<bool(const recorder&)>& until,
              std::chrono::milliseconds patience = std::chrono::seconds(40));
    bool wait_seen(std::size_t count);
    bool wait_finished(std::size_t count);
    bool wait_fatal();

    std::vector<seen_message> seen() const;
    std::vector<std::string> values() const;
    std::vector<std::size_t> batches() const;

    struct dead {
        std::string value;
        std::string reason;
        unsigned attempts;
    };
    std::vector<dead> buried() const;
    std::size_t refused() const;

private:
    const answer answer_;
    mutable std::recursive_mutex mutex_;
    std::condition_variable_any changed_;
    bool gate_open_ = true;
    std::vector<seen_message> seen_;
    std::vector<std::size_t> batches_;
    std::vector<dead> buried_;
    std::size_t finished_ = 0;
    int to_refuse_ = 0;
    std::size_t refused_ = 0;
    bool fatal_ = false;
};

/// What `send` gives its records as their time: now, as a broker deletes what is older than its retention.
std::int64_t sent_at_ms();

/// Sends and waits until all is delivered.
void send(message_bus& bus, const std::string& topic,
          const std::vector<std::pair<std::string, std::string>>& keys_and_values,
          std::vector<header> headers = {});

/// "0", "1", ... with the keys "k0", "k1", ... over `keys` keys.
std::vector<std::pair<std::string, std::string>> numbered(int count, int keys, int from = 0);

using tapes::test::eventually;
using tapes::test::stays;

std::chrono::steady_clock::time_point soon(std::chrono::milliseconds in = std::chrono::seconds(20));

}  // namespace tapes::bus::test
