// The part of a consumer that has to do with its group: rebalances, commits, lag.
#include "kafka_consumer.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tapes::bus {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// How long a commit is waited for before partitions are handed over or the group is left.
constexpr milliseconds commit_patience = 5s;
constexpr milliseconds least_commit_patience = 1s;
constexpr int query_patience_ms = 500;

partition_list list_of(const auto& partitions) {
    partition_list list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& element : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), element.topic.c_str(), element.partition);
    }
    return list;
}

partition_id id_of(const rd_kafka_topic_partition_t& element) {
    return {element.topic, element.partition};
}

std::span<const rd_kafka_topic_partition_t> elements(const rd_kafka_topic_partition_list_t& list) {
    return {list.elems, static_cast<std::size_t>(list.cnt)};
}

/// Fills in where each partition begins or ends, as `place` says. The call for one partition that librdkafka
/// has for this, rd_kafka_query_watermark_offsets, does not keep to its time.
bool query_offsets(rd_kafka_t* client, rd_kafka_topic_partition_list_t& list, std::int64_t place) {
    for (int i = 0; i < list.cnt; ++i) {
        list.elems[i].offset = place;  // read as a time
    }
    return rd_kafka_offsets_for_times(client, &list, query_patience_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool incremental(rd_kafka_t* client) {
    const char* protocol = rd_kafka_rebalance_protocol(client);
    return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

}  // namespace

std::vector<partition_id> kafka_consumer::owned() const {
    const sync::lock_guard hold{mutex_};
    std::vector<partition_id> out;
    out.reserve(seen_.size());
    for (const auto& [id, offsets] : seen_) {
        out.push_back(id);
    }
    return out;
}

void kafka_consumer::on_rebalance(rd_kafka_event_t* event) {
    auto* list = rd_kafka_event_topic_partition_list(event);
    go_on_with_revocation(true);
    switch (rd_kafka_event_error(event)) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: {
            {
                const sync::lock_guard hold{mutex_};
                ++told_.rebalances;
                for (const auto& element : elements(*list)) {
                    seen_.try_emplace(id_of(element));
                }
            }
            for (const auto& element : elements(*list)) {
                dispatcher_.assign(id_of(element));
                queues_->add(id_of(element));
            }
            if (incremental(client_.get())) {
                const error_handle error(rd_kafka_incremental_assign(client_.get(), list));
            } else {
                rd_kafka_assign(client_.get(), list);
            }
            next_ends_ = clock::now() + 200ms;
            break;
        }
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            begin_revocation(*list);
            go_on_with_revocation(false);
            break;
        default:
            rd_kafka_assign(client_.get(), nullptr);
            break;
    }
}

/// librdkafka waits with the rebalance until we give the partitions up: time for the handler to finish, while
/// polling goes on.
void kafka_consumer::begin_revocation(const rd_kafka_topic_partition_list_t& list) {
    for (const auto& element : elements(list)) {
        dispatcher_.release(id_of(element));
    }
    revoking_.reset(rd_kafka_topic_partition_list_copy(&list));
    revoke_by_ = clock::now() + options_.handover;
}

void kafka_consumer::go_on_with_revocation(bool at_once) {
    if (!revoking_) {
        return;
    }
    const auto parts = elements(*revoking_);
    const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
    const bool busy = std::any_of(parts.begin(), parts.end(),
                                  [this](const auto& element) { return dispatcher_.busy(id_of(element)); });
    if (busy && !lost && !at_once && clock::now() < revoke_by_) {
        return;
    }
    const auto list = std::move(revoking_);
    if (lost) {
        // Someone else may have them by now; a commit of ours could set their offsets back.
        const sync::lock_guard hold{mutex_};
        told_.partitions_lost += static_cast<std::uint64_t>(list->cnt);
    } else {
        commit(true);
    }
    give_up(*list);
}

void kafka_consumer::give_up(const rd_kafka_topic_partition_list_t& list) {
    for (const auto& element : elements(list)) {
        dispatcher_.forget(id_of(element));
        queues_->remove(id_of(element));
        const sync::lock_guard hold{mutex_};
        seen_.erase(id_of(element));
    }
    if (incremental(client_.get())) {
        const partition_list mutable_list(rd_kafka_topic_partition_list_copy(&list));
        const error_handle error(rd_kafka_incremental_unassign(client_.get(), mutable_list.get()));
    } else {
        rd_kafka_assign(client_.get(), nullptr);
    }
}

/// Commits what has been handled and is not committed, of partitions that are ours. With `wait`, returns
/// when the broker has answered, or does not.
/// What is left after `stop` is for leaving the group as well.
milliseconds kafka_consumer::commit_time() const {
    const sync::lock_guard hold{mutex_};
    if (!stop_by_) {
        return commit_patience;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(*stop_by_ - clock::now());
    return std::clamp(left / 2, least_commit_patience, commit_patience);
}

void kafka_consumer::commit(bool wait) {
    if (commit_pending_ && wait) {
        take_commit_result(commit_time());
    }
    if (commit_pending_) {
        return;
    }
    if (rd_kafka_assignment_lost(client_.get()) != 0) {
        return;
    }
    offsets due;
    const auto handled = dispatcher_.handled();
    {
        const sync::lock_guard hold{mutex_};
        for (const auto& [id, offset] : handled) {
            const auto found = seen_.find(id);
            if (found != seen_.end() && offset > found->second.committed) {
                due.emplace(id, offset);
            }
        }
    }
    if (due.empty()) {
        return;
    }
    send_commit(due);
    if (wait) {
        take_commit_result(commit_time());
    }
}

void kafka_consumer::send_commit(const offsets& positions) {
    const partition_list list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
    for (const auto& [id, offset] : positions) {
        rd_kafka_topic_partition_list_add(list.get(), id.topic.c_str(), id.partition)->offset = offset;
    }
    const auto error =
        rd_kafka_commit_queue(client_.get(), list.get(), commit_queue_.get(), nullptr, nullptr);
    commit_pending_ = error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void kafka_consumer::take_commit_result(milliseconds patience) {
    if (!commit_pending_) {
        return;
    }
    const event_handle event(rd_kafka_queue_poll(commit_queue_.get(), static_cast<int>(patience.count())));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_OFFSET_COMMIT) {
        return;
    }
    commit_pending_ = false;
    const auto error = rd_kafka_event_error(event.get());
    std::string trouble;
    {
        const sync::lock_guard hold{mutex_};
        ++(error == RD_KAFKA_RESP_ERR_NO_ERROR ? told_.commits : told_.commit_errors);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            trouble = std::string("offsets were not committed: ") + rd_kafka_err2str(error);
        }
        if (const auto* list = rd_kafka_event_topic_partition_list(event.get()); list != nullptr) {
            for (const auto& element : elements(*list)) {
                const auto found = seen_.find(id_of(element));
                if (found != seen_.end() && error == RD_KAFKA_RESP_ERR_NO_ERROR &&
                    element.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                    found->second.committed = std::max(found->second.committed, element.offset);
                }
            }
        }
    }
    if (!trouble.empty()) {
        tell(severity::passing, trouble);
    }
}

/// The ends of the partitions, for the lag. Asked of the brokers, as what the client knows by the way stands
/// still while a partition is paused or its queue is full.
void kafka_consumer::refresh_ends() {
    const auto all = owned();
    if (all.empty()) {
        return;
    }
    const auto list = list_of(all);
    if (!query_offsets(client_.get(), *list, RD_KAFKA_OFFSET_END)) {
        return;
    }
    std::vector<partition_id> unknown;
    const auto handled = dispatcher_.handled();
    {
        const sync::lock_guard hold{mutex_};
        for (const auto& element : elements(*list)) {
            const auto found = seen_.find(id_of(element));
            if (found == seen_.end() || element.err != RD_KAFKA_RESP_ERR_NO_ERROR || element.offset < 0) {
                continue;
            }
            found->second.end = element.offset;
            if (!handled.contains(found->first) && found->second.committed < 0 && found->second.start < 0) {
                unknown.push_back(found->first);
            }
        }
    }
    if (!unknown.empty()) {
        refresh_starts(unknown);
    }
}

/// Where handling begins in partitions of which nothing has been handled yet.
void kafka_consumer::refresh_starts(const std::vector<partition_id>& unknown) {
    const auto list = list_of(unknown);
    if (rd_kafka_committed(client_.get(), list.get(), query_patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    std::vector<partition_id> uncommitted;
    {
        const sync::lock_guard hold{mutex_};
        for (const auto& element : elements(*list)) {
            const auto found = seen_.find(id_of(element));
            if (found == seen_.end() || element.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                continue;
            }
            if (element.offset >= 0) {
                found->second.committed = element.offset;
            } else if (options_.reset == offset_reset::earliest) {
                uncommitted.push_back(found->first);
            } else {
                found->second.start = found->second.end;
            }
        }
    }
    if (!uncommitted.empty()) {
        refresh_beginnings(uncommitted);
    }
}

void kafka_consumer::refresh_beginnings(const std::vector<partition_id>& uncommitted) {
    const auto list = list_of(uncommitted);
    if (!query_offsets(client_.get(), *list, RD_KAFKA_OFFSET_BEGINNING)) {
        return;
    }
    const sync::lock_guard hold{mutex_};
    for (const auto& element : elements(*list)) {
        const auto found = seen_.find(id_of(element));
        if (found != seen_.end() && element.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            found->second.start = element.offset;
        }
    }
}

}  // namespace tapes::bus
