#include "hub_core.hpp"

#include "event_json.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace tapes::live {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds retry_interval{250};
/// How often it is looked whether another file stands at the store's path.
constexpr std::chrono::milliseconds place_interval{250};
/// So much is read for those who lag before it is looked again at what is new.
constexpr int batches_at_a_time = 8;
/// Recording goes before reading: see nice(2).
constexpr int less_than_recording = 10;

/// Names the place up to which a batch was read.
std::string id_of_reached(event_source& source, const event_batch& batch) {
    return batch.events.empty() || batch.events.back()->at != batch.reached ? source.id_of(batch.reached)
                                                                            : batch.events.back()->id;
}

}  // namespace

/// Follows the log until the hub stops. What fails is tried again with the store opened anew.
void hub_core::run() {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), less_than_recording);
    std::string told;
    while (await_readers()) {
        try {
            event_source source{options.source};
            told.clear();
            begin_anew(source);
            follow(source);
        } catch (const std::exception& error) {
            if (error.what() != told) {
                told = error.what();
                spdlog::warn("live events: {}", told);
            }
            beat();
            sync::unique_lock lock{mutex};
            if (!stopping) {
                work.wait_for(lock, retry_interval);
            }
        }
    }
}

/// Rests while there is nobody. Returns false at the end.
bool hub_core::await_readers() {
    sync::unique_lock lock{mutex};
    while (readers.empty() && !stopping) {
        work.wait(lock);
    }
    return !stopping;
}

/// Returns once nobody reads any more, the hub stops, or the store is another one.
void hub_core::follow(event_source& source) {
    auto looked = clock::now();
    std::int64_t version = -1;
    while (true) {
        std::uint64_t seq = 0;
        {
            const sync::lock_guard guard{mutex};
            if (stopping || readers.empty()) {
                return;
            }
            seq = end.seq;
        }
        if (clock::now() - looked > place_interval) {
            looked = clock::now();
            if (source.replaced()) {
                return;
            }
            version = -1;
        }
        beat();
        open_readers(source);
        const auto now = source.version();
        const bool more = (std::exchange(version, now) != now) && read_newest(source);
        version = more ? -1 : version;
        const bool served = serve_lagging(source);
        if (!more && !served) {
            rest(seq);
        }
    }
}

/// Begins at the end of the log. Who reads already goes on, or is told that it is another log.
void hub_core::begin_anew(event_source& source) {
    std::string before;
    {
        const sync::lock_guard guard{mutex};
        before = end_id;
    }
    const bool same = before.empty() || source.find(before);
    const auto last = source.end();
    const auto id = source.id_of(last);
    const auto counts = source.counts_json();
    waking woken;
    {
        const sync::lock_guard guard{mutex};
        recent.clear();
        recent_bytes = 0;
        floor = end = last;
        end_id = id;
        for (const auto& one : readers) {
            if (!one->opened || same) {
                continue;  // it goes on from its place, out of the store
            }
            one->at = last;
            one->at_id = id;
            one->inbox.assign(1, {event_kind::state, id,
                                  state_json({id, id, "the store was replaced by another one", counts, {}})});
            wake(*one, woken);
        }
    }
    call(woken);
}

/// Makes the state of those who have come.
void hub_core::open_readers(event_source& source) {
    std::vector<std::shared_ptr<reader_state>> fresh;
    place last;
    {
        const sync::lock_guard guard{mutex};
        std::ranges::copy_if(readers, std::back_inserter(fresh),
                             [](const auto& one) { return !one->opened; });
        last = end;
    }
    for (const auto& one : fresh) {
        state_details details;
        const auto found = one->last_id.empty() ? std::optional{last} : source.find(one->last_id);
        details.last = source.id_of(last);
        details.cursor = found ? source.id_of(*found) : details.last;
        details.reset = found ? "" : "this log has no such place: it was cut, or the store is another one";
        details.counts = source.counts_json();
        waking woken;
        {
            const sync::lock_guard guard{mutex};
            details.answers = partials.subjects(one->filter);
            one->at = found.value_or(last);
            one->at_id = details.cursor;
            if (one->filter.nodes && !with_nodes) {
                with_nodes = true;
                recent.clear();
                recent_bytes = 0;
                floor = end;
            }
            one->opened = true;
            one->inbox.push_back({event_kind::state, details.cursor, state_json(details)});
            wake(*one, woken);
        }
        call(woken);
    }
}

/// Reads what was committed since. Returns true where there may be more.
bool hub_core::read_newest(event_source& source) {
    place from;
    bool nodes = false;
    {
        const sync::lock_guard guard{mutex};
        from = end;
        nodes = with_nodes;
    }
    auto batch = source.read(from, nodes);
    if (batch.reached == from) {
        return false;
    }
    const auto id = id_of_reached(source, batch);
    waking woken;
    {
        const sync::lock_guard guard{mutex};
        end_id = id;
        add_recent(std::move(batch));
        woken = wake_all([](const reader_state&) { return true; });
    }
    call(woken);
    return true;
}

void hub_core::add_recent(event_batch&& batch) {
    end = batch.reached;
    for (auto& one : batch.events) {
        if (one->kind == event_kind::exchange && !one->pending) {
            partials.forget(one->exchange);
        }
        recent_bytes += one->json.size();
        recent.push_back(std::move(one));
    }
    while (recent.size() > options.recent_events ||
           (recent_bytes > options.recent_bytes && !recent.empty())) {
        recent_bytes -= recent.front()->json.size();
        floor = recent.front()->at;
        recent.pop_front();
    }
}

/// Reads from the store for those behind whose place the newest events begin: the last of them first, and in
/// passing for all whom that reaches, so that many who lag cost little more than one. Returns true where
/// there was one.
bool hub_core::serve_lagging(event_source& source) {
    bool any = false;
    for (int i = 0; i < batches_at_a_time; ++i) {
        std::optional<place> from;
        bool nodes = false;
        {
            const sync::lock_guard guard{mutex};
            for (const auto& one : readers) {
                if (is_lagging(*one)) {
                    from = from ? std::min(*from, one->at) : one->at;
                    nodes = nodes || one->filter.nodes;
                }
            }
        }
        if (!from) {
            break;
        }
        any = true;
        const auto batch = source.read(*from, nodes);
        const auto id = id_of_reached(source, batch);
        waking woken;
        {
            const sync::lock_guard guard{mutex};
            for (const auto& one : readers) {
                if (one->filter.nodes && !nodes) {
                    continue;  // it began to lag meanwhile, and the batch is without what it reads
                }
                if (is_lagging(*one) && one->at >= *from && (one->at == *from || one->at < batch.reached)) {
                    hand_over(batch, id, *one);
                    wake(*one, woken);
                }
            }
        }
        call(woken);
    }
    return any;
}

bool hub_core::is_lagging(const reader_state& one) {
    return one.wants_more && one.inbox.empty();
}

void hub_core::hand_over(const event_batch& batch, const std::string& id, reader_state& to) {
    for (const auto& event : batch.events) {
        if (event->at > to.at && to.filter.takes(event->kind) && to.filter.takes(event->about)) {
            to.inbox.push_back({event->kind, event->id, event->json});
        }
    }
    // Where nothing is behind its place although there was, the newest events are what is left.
    to.at_id = batch.reached == to.at ? std::string{} : id;
    to.at = batch.reached == to.at ? floor : batch.reached;
    to.wants_more = to.inbox.empty() && to.at < floor;
}

/// Waits for a commit, or for what readers want.
void hub_core::rest(std::uint64_t seq) {
    bool lagging = false;
    {
        sync::unique_lock lock{mutex};
        lagging = std::ranges::any_of(
            readers, [](const auto& one) { return !one->opened || one->wants_more || !one->inbox.empty(); });
        if (stopping || !options.wait_past || lagging) {
            if (!stopping) {
                work.wait_for(lock, options.poll_interval);
            }
            return;
        }
    }
    options.wait_past(seq, options.poll_interval);
}

/// Wakes those who have been told nothing for long.
void hub_core::beat() {
    const auto now = clock::now();
    waking woken;
    {
        const sync::lock_guard guard{mutex};
        woken = wake_all([&](const reader_state& one) {
            return one.opened && now - one.told >= options.heartbeat_interval;
        });
    }
    call(woken);
}

void hub_core::wake(reader_state& one, waking& into) {
    changed.notify_all();
    if (!one.woken && one.wake) {
        into.push_back(one.wake);
    }
    one.woken = true;
}

hub_core::waking hub_core::wake_all(const std::function<bool(const reader_state&)>& chosen) {
    waking woken;
    for (const auto& one : readers) {
        if (chosen(*one)) {
            wake(*one, woken);
        }
    }
    return woken;
}

void hub_core::call(const waking& all) {
    for (const auto& one : all) {
        one();
    }
}

void hub_core::close(const std::shared_ptr<reader_state>& one) {
    const sync::lock_guard guard{mutex};
    std::erase(readers, one);
    tell_partials_wanted();
    with_nodes = with_nodes && !readers.empty();
    work.notify_one();
}

void hub_core::tell_partials_wanted() {
    const bool wanted = std::ranges::any_of(readers, [](const auto& one) { return one->filter.partials; });
    if (wanted != partials_wanted) {
        partials_wanted = wanted;
        partials.clear();
        if (options.on_partials_wanted) {
            options.on_partials_wanted(wanted);
        }
    }
}

}  // namespace tapes::live
