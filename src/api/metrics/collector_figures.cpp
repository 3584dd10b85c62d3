#include "metrics/families.hpp"

#include <tapes/api/collector_figures.hpp>

#include <string>
#include <utility>

namespace tapes::api {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily messages_family(const publish::collected_totals& totals) {
    MetricFamily family{
        "tapes_collector_messages_total", "Messages by what became of them.", MetricType::Counter, {}};
    add_sample(family, totals.added, {{"result", "added"}});
    add_sample(family, totals.known, {{"result", "known"}});
    add_sample(family, totals.orphaned, {{"result", "orphan"}});
    add_sample(family, totals.dead, {{"result", "dead"}});
    return family;
}

MetricFamily contents_family(const publish::collected_totals& totals) {
    MetricFamily family{"tapes_collector_content_requests_total",
                        "Requests for the content of events by reference.",
                        MetricType::Counter,
                        {}};
    add_sample(family, totals.resolved, {{"result", "found"}});
    add_sample(family, totals.unresolved, {{"result", "not_found"}});
    return family;
}

void add_consumers(const publish::collector_status& status, std::vector<MetricFamily>& families) {
    MetricFamily lag{
        "tapes_collector_lag", "Messages of a partition that wait to be stored.", MetricType::Gauge, {}};
    MetricFamily position{
        "tapes_collector_position", "The next offset of a partition to be stored.", MetricType::Gauge, {}};
    MetricFamily running{"tapes_collector_consumers", "Consumers by state.", MetricType::Gauge, {}};
    std::uint64_t alive = 0;
    std::uint64_t rebalances = 0;
    std::uint64_t commit_errors = 0;
    std::uint64_t buffered = 0;
    for (const auto& consumer : status.consumers) {
        alive += consumer.state != bus::consumer_state::failed ? 1 : 0;
        rebalances += consumer.rebalances;
        commit_errors += consumer.commit_errors;
        buffered += consumer.buffered_bytes;
        for (const auto& part : consumer.partitions) {
            const labels names{{"topic", part.topic}, {"partition", std::to_string(part.partition)}};
            if (part.lag >= 0) {
                add_sample(lag, static_cast<double>(part.lag), names);
            }
            if (part.position >= 0) {
                add_sample(position, static_cast<double>(part.position), names);
            }
        }
    }
    add_sample(running, alive, {{"state", "running"}});
    add_sample(running, status.consumers.size() - alive, {{"state", "failed"}});
    families.push_back(std::move(lag));
    families.push_back(std::move(position));
    families.push_back(std::move(running));
    families.push_back(single_family("tapes_collector_rebalances_total",
                                     "Assignments of partitions to consumers.", MetricType::Counter,
                                     rebalances));
    families.push_back(single_family("tapes_collector_commit_errors_total",
                                     "Offsets that were not committed.", MetricType::Counter, commit_errors));
    families.push_back(single_family("tapes_collector_buffered_bytes",
                                     "Bytes of messages that were read and not stored.", MetricType::Gauge,
                                     buffered));
}

}  // namespace

std::vector<MetricFamily> collector_figures(const publish::collector_status& status, std::uint64_t orphans) {
    std::vector<MetricFamily> families;
    families.push_back(single_family("tapes_collector_received_total",
                                     "Messages that were read, repeats included.", MetricType::Counter,
                                     status.totals.received));
    families.push_back(messages_family(status.totals));
    families.push_back(single_family("tapes_collector_joined_total", "Orphans whose parent came.",
                                     MetricType::Counter, status.totals.joined));
    families.push_back(contents_family(status.totals));
    families.push_back(single_family("tapes_collector_orphans", "Nodes that wait for their parents.",
                                     MetricType::Gauge, orphans));
    add_consumers(status, families);
    return families;
}

}  // namespace tapes::api
