#include <tapes/api/collector_figures.hpp>

#include <string>
#include <utility>

namespace tapes::api {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using labels = std::vector<ClientMetric::Label>;

void add(MetricFamily& to, double value, labels with = {}) {
    auto& one = to.metric.emplace_back();
    one.label = std::move(with);
    (to.type == MetricType::Counter ? one.counter.value : one.gauge.value) = value;
}

void add(MetricFamily& to, std::uint64_t value, labels with = {}) {
    add(to, static_cast<double>(value), std::move(with));
}

MetricFamily messages(const publish::collected_totals& totals) {
    MetricFamily made{
        "tapes_collector_messages_total", "Messages by what became of them.", MetricType::Counter, {}};
    add(made, totals.added, {{"result", "added"}});
    add(made, totals.known, {{"result", "known"}});
    add(made, totals.orphaned, {{"result", "orphan"}});
    add(made, totals.dead, {{"result", "dead"}});
    return made;
}

MetricFamily contents(const publish::collected_totals& totals) {
    MetricFamily made{"tapes_collector_content_requests_total",
                      "Questions for the content of events by reference.",
                      MetricType::Counter,
                      {}};
    add(made, totals.resolved, {{"result", "found"}});
    add(made, totals.unresolved, {{"result", "not_found"}});
    return made;
}

MetricFamily single(std::string name, std::string help, MetricType type, std::uint64_t value) {
    MetricFamily made{std::move(name), std::move(help), type, {}};
    add(made, value);
    return made;
}

void add_consumers(const publish::collector_status& now, std::vector<MetricFamily>& to) {
    MetricFamily lag{
        "tapes_collector_lag", "Messages of a partition that wait to be stored.", MetricType::Gauge, {}};
    MetricFamily position{
        "tapes_collector_position", "The next offset of a partition to be stored.", MetricType::Gauge, {}};
    MetricFamily running{"tapes_collector_consumers", "Consumers by state.", MetricType::Gauge, {}};
    std::uint64_t alive = 0;
    std::uint64_t rebalances = 0;
    std::uint64_t commit_errors = 0;
    std::uint64_t buffered = 0;
    for (const auto& one : now.consumers) {
        alive += one.state != bus::consumer_state::failed ? 1 : 0;
        rebalances += one.rebalances;
        commit_errors += one.commit_errors;
        buffered += one.buffered_bytes;
        for (const auto& part : one.partitions) {
            const labels which{{"topic", part.topic}, {"partition", std::to_string(part.partition)}};
            if (part.lag >= 0) {
                add(lag, static_cast<double>(part.lag), which);
            }
            if (part.position >= 0) {
                add(position, static_cast<double>(part.position), which);
            }
        }
    }
    add(running, alive, {{"state", "running"}});
    add(running, now.consumers.size() - alive, {{"state", "failed"}});
    to.push_back(std::move(lag));
    to.push_back(std::move(position));
    to.push_back(std::move(running));
    to.push_back(single("tapes_collector_rebalances_total", "Assignments of partitions to consumers.",
                        MetricType::Counter, rebalances));
    to.push_back(single("tapes_collector_commit_errors_total", "Offsets that were not committed.",
                        MetricType::Counter, commit_errors));
    to.push_back(single("tapes_collector_buffered_bytes", "Bytes of messages that were read and not stored.",
                        MetricType::Gauge, buffered));
}

}  // namespace

std::vector<MetricFamily> collector_figures(const publish::collector_status& now, std::uint64_t orphans) {
    std::vector<MetricFamily> made;
    made.push_back(single("tapes_collector_received_total", "Messages that were read, repeats included.",
                          MetricType::Counter, now.totals.received));
    made.push_back(messages(now.totals));
    made.push_back(single("tapes_collector_joined_total", "Orphans whose parent came.", MetricType::Counter,
                          now.totals.joined));
    made.push_back(contents(now.totals));
    made.push_back(
        single("tapes_collector_orphans", "Nodes that wait for their parents.", MetricType::Gauge, orphans));
    add_consumers(now, made);
    return made;
}

}  // namespace tapes::api
