#include "kafka_consumer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tapes::bus {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto look_interval = 50ms;
constexpr auto ends_interval = 2s;
constexpr auto least_leave_time = 1s;
constexpr auto longest_leave_time = 5s;  ///< of a consumer that was not told to stop

const char* reset_name(offset_reset reset) {
    switch (reset) {
        case offset_reset::earliest:
            return "earliest";
        case offset_reset::latest:
            return "latest";
        case offset_reset::error:
            break;
    }
    return "error";
}

std::map<std::string, std::string> properties(const consumer_options& options, const std::string& group) {
    const auto session = options.session_timeout.count();
    const auto poll_interval = std::max<std::int64_t>(300'000, session);
    // What librdkafka fetches ahead, of each partition, follows our buffer.
    const auto ahead = std::clamp<std::uint64_t>(options.buffer_messages, 1, 100'000);
    const auto ahead_kb = std::clamp<std::uint64_t>(options.buffer_bytes >> 13, 1, 2'097'151);
    return {
        {"group.id", group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", reset_name(options.reset)},
        {"session.timeout.ms", std::to_string(session)},
        {"heartbeat.interval.ms", std::to_string(std::clamp<std::int64_t>(session / 10, 1, 3000))},
        {"max.poll.interval.ms", std::to_string(poll_interval)},
        {"queued.min.messages", std::to_string(ahead)},
        {"queued.max.messages.kbytes", std::to_string(ahead_kb)},
        {"partition.assignment.strategy", "range,roundrobin"},
    };
}

bool is_fatal(rd_kafka_t* client) {
    return rd_kafka_fatal_error(client, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

held_message copy(const rd_kafka_message_t& from) {
    held_message to;
    to.offset = from.offset;
    rd_kafka_timestamp_type_t kind{};
    to.timestamp_ms = std::max<std::int64_t>(rd_kafka_message_timestamp(&from, &kind), 0);
    to.key.assign(static_cast<const char*>(from.key), from.key == nullptr ? 0 : from.key_len);
    to.value.assign(static_cast<const char*>(from.payload), from.payload == nullptr ? 0 : from.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&from, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0;
             rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
            to.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
        }
    }
    return to;
}

}  // namespace

kafka_consumer::kafka_consumer(const kafka_settings& settings, subscriber& handler,
                               const consumer_options& options)
    : handler_{handler},
      options_{(check(options), options)},
      group_{options.group.empty() ? derived_group(options.topics) : options.group},
      dispatcher_{options_, handler, [this] { bell_.ring(); }} {
    auto conf = make_conf(settings, properties(options_, group_), *log_, client_role::consumer);
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE |
                                             RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR);
    client_ = make_client(std::move(conf), client_role::consumer);
    rd_kafka_poll_set_consumer(client_.get());
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    commit_queue_.reset(rd_kafka_queue_new(client_.get()));
    queues_.emplace(client_.get(), bell_);
    queues_->watch(queue_.get());
    const partition_list topics(rd_kafka_topic_partition_list_new(static_cast<int>(options_.topics.size())));
    for (const auto& topic : options_.topics) {
        if (rd_kafka_topic_partition_list_find(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA) ==
            nullptr) {
            rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
        }
    }
    if (const auto error = rd_kafka_subscribe(client_.get(), topics.get());
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw setting_error(std::string("consumer: topics: ") + rd_kafka_err2str(error));
    }
    thread_ = std::thread([this] { run(); });
}

kafka_consumer::~kafka_consumer() {
    destroying_.store(true);
    thread_.join();
    if (left_) {
        return;
    }
    queues_.reset();
    rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
    queue_.reset();
    commit_queue_.reset();
    if (commit_pending_ || !is_fatal(client_.get())) {
        abandon(std::move(client_), std::move(log_));
    } else {
        rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
}

bool kafka_consumer::stop(clock::time_point deadline) {
    sync::unique_lock hold{mutex_};
    stop_by_ = std::min(stop_by_.value_or(deadline), deadline);
    if (told_.state == consumer_state::running) {
        told_.state = consumer_state::stopping;
    }
    while (!gone_) {
        ended_.wait(hold);
    }
    return drained_;
}

consumer_status kafka_consumer::status() const {
    sync::unique_lock hold{mutex_};
    auto out = told_;
    const auto seen = seen_;
    hold.unlock();
    dispatcher_.describe(out);
    for (auto& shown : out.partitions) {
        const auto found = seen.find({shown.topic, shown.partition});
        if (found == seen.end()) {
            continue;
        }
        const auto& known = found->second;
        shown.committed = known.committed;
        if (shown.position < 0) {
            shown.position = known.committed >= 0 ? known.committed : known.start;
        }
        if (shown.position >= 0 && known.end >= 0) {
            shown.lag = std::max<std::int64_t>(known.end - shown.position, 0);
        }
    }
    return out;
}

void kafka_consumer::tell(severity level, const std::string& text) {
    if (level != severity::fatal) {
        const sync::lock_guard hold{mutex_};
        told_.last_trouble = text;
    }
    handler_.trouble(level, text);
}

void kafka_consumer::run() noexcept {
    try {
        poll_until_stopped();
        if (!destroying_.load()) {
            finish_stop();
        }
    } catch (const std::exception& error) {
        fatal_ = error.what();
    }
    const bool unasked = !fatal_.empty();
    dispatcher_.abandon();
    if (revoking_) {
        give_up(*revoking_);  // librdkafka waits for it
    }
    // After librdkafka's own fatal error a close may wait forever for a revocation; the broker has fenced us.
    if (!is_fatal(client_.get())) {
        left_ = leave_group();
        if (!left_) {
            tell(severity::passing,
                 "the group's coordinator does not answer: it learns of the end by the session timeout");
        }
    }
    end(unasked ? consumer_state::failed : consumer_state::stopped, fatal_);
    if (unasked) {
        handler_.trouble(severity::fatal, fatal_);
    }
}

/// Whatever is still assigned is given up without a commit. Returns false when time was up before librdkafka
/// had done all. Where no coordinator answers a commit it never has (its issue 3740).
bool kafka_consumer::leave_group() {
    const queue_handle closing(rd_kafka_queue_new(client_.get()));
    const error_handle error(rd_kafka_consumer_close_queue(client_.get(), closing.get()));
    if (error) {
        return false;
    }
    const auto begun = clock::now();
    while (rd_kafka_consumer_closed(client_.get()) == 0) {
        if (!may_still_leave(begun)) {
            return false;
        }
        const event_handle event(rd_kafka_queue_poll(closing.get(), static_cast<int>(look_interval.count())));
        if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
            rd_kafka_assign(client_.get(), nullptr);
        }
    }
    return true;
}

bool kafka_consumer::may_still_leave(clock::time_point begun) const {
    const auto now = clock::now();
    if (now < begun + least_leave_time) {
        return true;
    }
    const sync::lock_guard hold{mutex_};
    return !commit_pending_ && now < stop_by_.value_or(begun + longest_leave_time);  // which may come nearer
}

void kafka_consumer::end(consumer_state state, const std::string& error) {
    const sync::lock_guard hold{mutex_};
    told_.state = state;
    told_.error = error;
    seen_.clear();
    gone_ = true;
    ended_.notify_all();
}

void kafka_consumer::poll_until_stopped() {
    while (!destroying_.load() && fatal_.empty()) {
        const bool more_of_group = serve_group();
        const bool more = take_messages() || more_of_group;
        const auto now = clock::now();
        if (!more || now >= next_look_) {
            next_look_ = now + look_interval;
            look_after();
        }
        {
            const sync::lock_guard hold{mutex_};
            if (stop_by_) {
                return;
            }
        }
        if (!more) {
            bell_.wait(look_interval);
        }
    }
}

/// What is not of a partition: rebalances, errors. True when there may be more.
bool kafka_consumer::serve_group() {
    const event_handle event(rd_kafka_queue_poll(queue_.get(), 0));
    if (event) {
        on_event(event.get());
    }
    return event != nullptr;
}

/// True when there may be more.
bool kafka_consumer::take_messages() {
    for (const auto& [id, paused] : dispatcher_.pause_changes()) {
        queues_->set_paused(id, paused);
    }
    return queues_->poll([this](const partition_id& from, rd_kafka_event_t* event) {
        on_event(event);
        return !dispatcher_.full(from);
    });
}

/// All that has to be done from time to time, whatever comes from the broker.
void kafka_consumer::look_after() {
    if (const auto why = dispatcher_.failure(); !why.empty()) {
        fatal_ = why;
        return;
    }
    take_commit_result(0ms);
    go_on_with_revocation(false);
    const auto now = clock::now();
    if (now >= next_commit_) {
        next_commit_ = now + options_.commit_interval;
        commit(false);
    }
    if (now >= next_ends_) {
        refresh_ends();
        next_ends_ = clock::now() + ends_interval;
    }
}

/// After `stop`: polling goes on, so that the group keeps us until all is handled and committed.
void kafka_consumer::finish_stop() {
    if (!fatal_.empty()) {
        return;
    }
    const auto time_is_left = [this] {
        const sync::lock_guard hold{mutex_};
        return clock::now() < *stop_by_;  // which may come nearer
    };
    dispatcher_.drain();
    while (!dispatcher_.idle() && time_is_left() && dispatcher_.failure().empty() && fatal_.empty() &&
           !destroying_.load()) {
        const event_handle event(rd_kafka_queue_poll(queue_.get(), static_cast<int>(look_interval.count())));
        if (event) {
            on_event(event.get());
        }
        take_commit_result(0ms);
        go_on_with_revocation(false);
    }
    const bool all_handled = dispatcher_.empty();
    go_on_with_revocation(true);
    commit(true);
    const sync::lock_guard hold{mutex_};
    const auto handled = dispatcher_.handled();
    drained_ = all_handled && fatal_.empty();
    for (const auto& [id, offset] : handled) {
        const auto found = seen_.find(id);
        drained_ = drained_ && (found == seen_.end() || found->second.committed >= offset);
    }
}

void kafka_consumer::on_event(rd_kafka_event_t* event) {
    switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_FETCH:
            on_fetch(event);
            break;
        case RD_KAFKA_EVENT_REBALANCE:
            on_rebalance(event);
            break;
        case RD_KAFKA_EVENT_ERROR:
            on_error(event);
            break;
        default:
            break;
    }
}

void kafka_consumer::on_fetch(rd_kafka_event_t* event) {
    while (const auto* message = rd_kafka_event_message_next(event)) {
        const partition_id from{rd_kafka_topic_name(message->rkt), message->partition};
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            tell(severity::passing, rd_kafka_message_errstr(message));
            continue;
        }
        dispatcher_.push(from, copy(*message));
    }
}

void kafka_consumer::on_error(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    std::string text = rd_kafka_event_error_string(event);
    if (rd_kafka_event_error_is_fatal(event) != 0 || code == RD_KAFKA_RESP_ERR__FATAL) {
        std::array<char, 512> why{};
        const auto cause = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
        fatal_ = std::string(rd_kafka_err2name(cause)) + ": " + why.data();
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        fatal_ = "no committed offset to go on from: " + text;
        return;
    }
    log_->write(4, rd_kafka_err2name(code), text.c_str());
    tell(code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? severity::unreachable : severity::passing, text);
}

}  // namespace tapes::bus
