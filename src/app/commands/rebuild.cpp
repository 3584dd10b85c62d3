#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"
#include "daemon/collector_settings.hpp"
#include "process/log.hpp"

#include <tapes/app/rebuild.hpp>
#include <tapes/capture/exchange.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/received.hpp>
#include <tapes/store/unfinished.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <thread>

namespace tapes::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto rebuild_poll_interval = 100ms;
constexpr std::chrono::milliseconds rebuild_broker_timeout = 10s;
/// When no message comes for this long although there should be more, the rebuild fails.
constexpr auto rebuild_idle_timeout = 60s;
constexpr std::size_t most_told = 20;

/// Tells how far the partitions of a topic are read, up to the ends that they had when the rebuild began.
class topic_progress {
public:
    explicit topic_progress(int partitions) : partitions_{static_cast<std::size_t>(partitions)} {}

    void look(const publish::collector_status& now) {
        for (const auto& consumer : now.consumers) {
            for (const auto& part : consumer.partitions) {
                if (part.position < 0) {
                    continue;
                }
                auto& known = parts_[part.partition];
                if (part.lag >= 0 && known.end < 0) {
                    known.end = part.position + part.lag;  // as of now: what comes later is not waited for
                    known.start = part.position;
                }
                // A partition that changes hands is read again.
                known.position = std::max(known.position, part.position);
            }
        }
    }

    bool complete() const {
        return parts_.size() == partitions_ && std::ranges::all_of(parts_, [](const auto& one) {
                   return one.second.end >= 0 && one.second.position >= one.second.end;
               });
    }
    std::uint64_t done() const {
        return sum([](const part& one) { return std::min(one.position, one.end) - one.start; });
    }
    std::uint64_t total() const {
        return sum([](const part& one) { return one.end - one.start; });
    }
    std::int64_t moved() const {
        std::int64_t all = 0;
        for (const auto& [number, one] : parts_) {
            all += one.position + 1;
        }
        return all;
    }
    std::string missing() const {
        std::string text;
        for (const auto& [number, one] : parts_) {
            if (one.position < one.end) {
                text += (text.empty() ? "" : ", ") + std::string{"partition "} + std::to_string(number) +
                        " stands at " + std::to_string(one.position) + " of " + std::to_string(one.end);
            }
        }
        return text.empty() ? "not all partitions were assigned" : text;
    }

private:
    struct part {
        std::int64_t start = 0;
        std::int64_t position = 0;
        std::int64_t end = -1;
    };
    template <class Figure>
    std::uint64_t sum(Figure&& figure) const {
        std::int64_t all = 0;
        for (const auto& [number, one] : parts_) {
            all += std::max<std::int64_t>(one.end < 0 ? 0 : figure(one), 0);
        }
        return static_cast<std::uint64_t>(all);
    }

    std::size_t partitions_;
    std::map<int, part> parts_;
};

/// Waits until the topic is read to its end.
void read_topic(const publish::collector& collector, int partitions) {
    progress_bar bar;
    const auto show = bar.shower();
    topic_progress progress{partitions};
    auto moved = std::int64_t{-1};
    auto since = steady_clock::now();
    while (true) {
        progress.look(collector.status());
        if (progress.complete()) {
            return;
        }
        if (const auto reason = collector.failure(); !reason.empty()) {
            throw std::runtime_error{"a consumer has failed: " + reason};
        }
        const auto now = steady_clock::now();
        if (const auto at = progress.moved(); at != moved) {
            moved = at;
            since = now;
        } else if (now - since > rebuild_idle_timeout) {
            const auto trouble = collector.status().last_trouble;
            throw std::runtime_error{"nothing came for a minute: " + progress.missing() +
                                     (trouble.empty() ? "" : "; " + trouble)};
        }
        if (show) {
            show("events", progress.done(), progress.total());
        }
        std::this_thread::sleep_for(rebuild_poll_interval);
    }
}

void tell_orphans(const std::string& path, printer& err) {
    store::orphan_reader in{path};
    const auto totals = in.totals();
    if (totals.nodes == 0) {
        return;
    }
    err << "tapes: " << counted(totals.nodes, "node") << " cannot be placed: " << totals.missing
        << " of their parents are not on the topic\n";
    for (const auto& one : in.list(0, most_told)) {
        err << "tapes: node " << merkle::to_hex(one.hash)
            << (one.problem.empty() ? " waits for " + merkle::to_hex(one.parent) : ": " + one.problem)
            << "\n";
    }
}

void tell_letters(const std::string& path, std::uint64_t count, printer& err) {
    if (count == 0) {
        return;
    }
    err << "tapes: " << counted(count, "message") << " could not be taken\n";
    store::letter_reader in{path};
    for (const auto& one : in.list({}, most_told)) {
        err << "tapes: partition " << one.partition << " offset " << one.offset << ": " << one.reason << "\n";
    }
}

int partitions_of(bus::message_bus& bus, const std::string& topic) {
    const auto admin = bus.make_admin();
    admin->ping(rebuild_broker_timeout);
    const auto found = admin->topic(topic, rebuild_broker_timeout);
    if (!found) {
        throw std::runtime_error{bus.name() + ": there is no topic \"" + topic + "\""};
    }
    return found->partitions;
}

}  // namespace

int rebuild_store(const config::settings& settings, const std::string& to, printer& out, printer& err) {
    start_log(settings.log);
    const drained_log log;
    const auto source = resolved_collector(settings);
    if (std::filesystem::exists(to)) {
        throw std::runtime_error{to + " is there already; --to names a new store"};
    }
    store::unfinished_store unfinished{to};
    const auto contents = collector_contents(source);
    const auto bus = collector_bus(settings, source);
    const auto partitions = partitions_of(*bus, source.topic);
    auto options = collector_options(source);
    const auto id = capture::make_uuid(
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
    options.reading.group = "tapes-rebuild-" + capture::to_string(id);
    options.reading.reset = bus::offset_reset::earliest;
    options.reading.commit_interval = 24h;  // the group is never seen again

    publish::collected_totals totals;
    {
        const store::store_lock lock{{unfinished.path(), store::synchronous::normal}};
        capture::ledger none;
        store::writer writer{unfinished.marked(lock, "rebuild"), none, {}};
        {
            const publish::collector collector{*bus, writer, contents.get(), std::move(options), false};
            read_topic(collector, partitions);
            totals = collector.status().totals;
        }
        writer.stop(steady_clock::now() + rebuild_idle_timeout);
    }
    unfinished.finish();
    (void)drain_log();
    tell_letters(to, totals.dead, err);
    tell_orphans(to, err);
    const auto orphans = store::orphan_reader{to}.count();
    out << "rebuilt " << counted(totals.added + totals.joined, "node") << " of "
        << counted(totals.received, "message") << " of topic " << source.topic << " into " << to << "\n";
    return orphans == 0 && totals.dead == 0 ? 0 : 1;
}

}  // namespace tapes::app
