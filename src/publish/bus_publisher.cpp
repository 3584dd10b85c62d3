#include <tapes/publish/publisher.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::publish {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What Kafka adds to key, value and headers in a batch of one record, at most (61 + 7 headers of small
/// names).
constexpr std::uint64_t framing_bytes = 512;
/// `max.message.bytes` of a topic that says nothing else; for when a broker does not tell.
constexpr std::uint64_t broker_default_limit = 1'048'588;
constexpr milliseconds longest_try = 3s;

class bus_publisher : public publisher {
public:
    bus_publisher(bus::message_bus& where, std::string brokers, topic_settings settings)
        : bus_{where}, brokers_{std::move(brokers)}, settings_{std::move(settings)} {}

    ~bus_publisher() override { producer_.reset(); }

    void connect(bus::producer_events& events, milliseconds timeout,
                 const std::atomic<bool>& cancelled) override {
        const auto deadline = steady_clock::now() + timeout;
        const auto admin = bus_.make_admin();
        reach(*admin, deadline, timeout, cancelled);
        auto known = admin->topic(settings_.topic, left(deadline));
        if (!known) {
            create(*admin, deadline);
        }
        const auto limit = admin->max_message_bytes(settings_.topic, left(deadline));
        limit_ = limit.value_or(known ? broker_default_limit : settings_.max_message_bytes);
        producer_ = bus_.make_producer(events, {limit_});
    }

    bus::produce_result publish(const store::stored_node& node, content_form form,
                                std::uint64_t opaque) override {
        const auto envelope = node.role.size() + node.model.size() + 2 * node.provider.size() +
                              2 * node.agent_name.size() + 2 * node.project.size() + framing_bytes * 2;
        if (node.content.size() + envelope > limit_) {
            form = content_form::reference;
        }
        value_.clear();
        append_node_event(value_, node, form);
        // The hashes stand at fixed places of the event (docs/events.md): no second rendering of them.
        const std::string_view event = value_;
        const auto root = event.substr(root_at, 64);
        const auto id = event.substr(event.find(hash_mark, root_at + 64) + hash_mark.size(), 64);
        const std::array<bus::header, 7> headers{{
            {"event_id", id},
            {"event_type", node_event_type},
            {"schema", node_event_type},
            {"provider", node.provider},
            {"agent_name", node.agent_name},
            {"project", node.project},
            {"content-type", "application/json"},
        }};
        return producer_->produce({settings_.topic, root, event, headers, node.created_at_us / 1000, opaque});
    }

    void disconnect() override { producer_.reset(); }
    std::string destination() const override { return brokers_ + "/" + settings_.topic; }

private:
    static constexpr std::string_view hash_mark = "\"node\":{\"hash\":\"";
    static constexpr std::size_t root_at =
        std::string_view(R"({"schema":"tapes.node.v1","root_hash":")").size();

    static milliseconds left(steady_clock::time_point deadline) {
        const auto rest = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
        return std::max(rest, 1000ms);
    }

    /// In tries that grow: none can be cancelled, and a slow broker needs long ones.
    static void reach(bus::admin& admin, steady_clock::time_point deadline, milliseconds timeout,
                      const std::atomic<bool>& cancelled) {
        for (auto patience = std::min(500ms, timeout);; patience = std::min(patience * 2, longest_try)) {
            try {
                admin.ping(patience);
                return;
            } catch (const bus::setting_error&) {
                throw;
            } catch (const bus::bus_error&) {
                if (cancelled.load() || steady_clock::now() + patience > deadline) {
                    throw;
                }
            }
        }
    }

    void create(bus::admin& admin, steady_clock::time_point deadline) {
        if (!settings_.create) {
            throw bus::bus_error(bus_.name() + ": topic \"" + settings_.topic +
                                 "\" does not exist (publisher.kafka.create_topic is off)");
        }
        admin.create_topic(
            {settings_.topic, settings_.partitions, settings_.retention, settings_.max_message_bytes},
            left(deadline));
        // The controller has it; other brokers may need a moment to know.
        while (!admin.topic(settings_.topic, left(deadline))) {
            if (steady_clock::now() > deadline) {
                throw bus::bus_error(bus_.name() + ": topic \"" + settings_.topic +
                                     "\" was created but does not appear");
            }
        }
        spdlog::info("kafka topic {} created with {} partitions", settings_.topic, settings_.partitions);
    }

    bus::message_bus& bus_;
    const std::string brokers_;
    const topic_settings settings_;
    std::uint64_t limit_ = broker_default_limit;
    std::string value_;  // kept for its capacity
    std::unique_ptr<bus::producer> producer_;
};

}  // namespace

std::unique_ptr<publisher> make_bus_publisher(bus::message_bus& where, std::string brokers,
                                              topic_settings settings) {
    return std::make_unique<bus_publisher>(where, std::move(brokers), std::move(settings));
}

}  // namespace tapes::publish
