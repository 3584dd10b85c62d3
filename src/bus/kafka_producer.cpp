#include "kafka_producer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tapes::bus {
namespace {

using namespace std::chrono_literals;
constexpr auto abandon_time = 5s;

std::map<std::string, std::string> sizes(const producer_options& options) {
    // A broker refuses a batch over its topic's limit whole, so no batch of several may grow past it.
    const auto message = std::clamp<std::uint64_t>(options.max_message_bytes, 1000, 1'000'000'000);
    const auto batch = std::min<std::uint64_t>(message, 1'000'000);
    return {{"message.max.bytes", std::to_string(message)}, {"batch.size", std::to_string(batch)}};
}

int remaining_ms(std::chrono::steady_clock::time_point deadline) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

failure classify(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return failure::none;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return failure::too_large;
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
            return failure::invalid;
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            return failure::purged;
        default:
            return failure::transient;
    }
}

kafka_producer::kafka_producer(const kafka_settings& settings, producer_events& events,
                               const producer_options& options)
    : events_{events} {
    auto conf = make_conf(settings, sizes(options), log_);
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    client_ = make_client(std::move(conf));
    queue_.reset(rd_kafka_queue_get_main(client_.get()));
    thread_ = std::thread([this] { serve(); });
}

kafka_producer::~kafka_producer() {
    purge();
    rd_kafka_flush(client_.get(), static_cast<int>(std::chrono::milliseconds(abandon_time).count()));
    stopping_.store(true, std::memory_order_release);
    rd_kafka_queue_yield(queue_.get());
    thread_.join();
    // What is still in the queue was reported by librdkafka after the thread had looked last.
    while (event_handle event{rd_kafka_queue_poll(queue_.get(), 0)}) {
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) {
            on_reports(event.get());
        }
    }
}

rd_kafka_topic_t* kafka_producer::topic(std::string_view name) {
    {
        const sync::read_lock hold{topics_mutex_};
        if (const auto found = topics_.find(name); found != topics_.end()) {
            return found->second.get();
        }
    }
    const sync::write_lock hold{topics_mutex_};
    auto [place, fresh] = topics_.try_emplace(std::string(name));
    if (fresh) {
        place->second.reset(rd_kafka_topic_new(client_.get(), place->first.c_str(), nullptr));
    }
    return place->second.get();
}

produce_result kafka_producer::produce(const record& record) {
    constexpr std::size_t fixed = 6;
    constexpr std::size_t most_headers = 16;
    if (record.headers.size() > most_headers) {
        return {acceptance::refused, "too many headers"};
    }
    auto* target = topic(record.topic);
    if (target == nullptr) {
        return {acceptance::broken, rd_kafka_err2str(rd_kafka_last_error())};
    }
    // Headers one by one: a list of our own would be ours to free after each failure.
    std::array<rd_kafka_vu_t, fixed + most_headers> fields;
    fields[0].vtype = RD_KAFKA_VTYPE_RKT;
    fields[0].u.rkt = target;
    fields[1].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[1].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
    fields[2].vtype = RD_KAFKA_VTYPE_KEY;
    fields[2].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
    fields[3].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[3].u.i64 = record.timestamp_ms;
    fields[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[4].u.ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(record.opaque));
    fields[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[5].u.i = RD_KAFKA_MSG_F_COPY;
    auto count = fixed;
    for (const auto& field : record.headers) {
        fields[count].vtype = RD_KAFKA_VTYPE_HEADER;
        // Without a pointer it would be a header without a value, which is not an empty one.
        const char* const value = field.value.data() == nullptr ? "" : field.value.data();
        fields[count].u.header = {field.name, value, static_cast<ssize_t>(field.value.size())};
        ++count;
    }
    const std::unique_ptr<rd_kafka_error_t, deleter<rd_kafka_error_destroy>> error(
        rd_kafka_produceva(client_.get(), fields.data(), count));
    if (!error) {
        return {};
    }
    const auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return {acceptance::queue_full, "the client's queue is full"};
    }
    const auto why = classify(code);
    const auto kind = permanent(why) ? acceptance::refused : acceptance::broken;
    if (kind == acceptance::refused) {
        totals_.add(record.topic, why);
    }
    return {kind, rd_kafka_error_string(error.get())};
}

bool kafka_producer::flush(std::chrono::steady_clock::time_point deadline) {
    return rd_kafka_flush(client_.get(), remaining_ms(deadline)) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void kafka_producer::purge() {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void kafka_producer::serve() {
    while (!stopping_.load(std::memory_order_acquire)) {
        const event_handle event(rd_kafka_queue_poll(queue_.get(), 500));
        if (!event) {
            continue;
        }
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_DR:
                on_reports(event.get());
                break;
            case RD_KAFKA_EVENT_ERROR:
                on_error(event.get());
                break;
            default:
                break;
        }
    }
}

void kafka_producer::on_reports(rd_kafka_event_t* event) {
    messages_.resize(rd_kafka_event_message_count(event));
    messages_.resize(rd_kafka_event_message_array(event, messages_.data(), messages_.size()));
    reports_.clear();
    {
        publish_counter::batch count(totals_);
        for (const auto* message : messages_) {
            const auto took_us = std::max<std::int64_t>(rd_kafka_message_latency(message), 0);
            count.add(rd_kafka_topic_name(message->rkt), classify(message->err),
                      static_cast<std::uint64_t>(took_us));
        }
    }
    for (const auto* message : messages_) {
        const auto why = classify(message->err);
        const auto opaque = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message->_private));
        reports_.push_back({opaque, why, why == failure::none ? "" : rd_kafka_err2str(message->err)});
    }
    if (!reports_.empty()) {
        events_.delivered(reports_);
    }
}

void kafka_producer::on_error(rd_kafka_event_t* event) {
    if (rd_kafka_event_error_is_fatal(event) != 0) {
        std::array<char, 512> text{};
        const auto code = rd_kafka_fatal_error(client_.get(), text.data(), text.size());
        log_.write(3, "FATAL", text.data());
        events_.trouble(severity::fatal, std::string(rd_kafka_err2name(code)) + ": " + text.data());
        return;
    }
    const char* text = rd_kafka_event_error_string(event);
    const auto code = rd_kafka_event_error(event);
    log_.write(4, rd_kafka_err2name(code), text);
    events_.trouble(code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? severity::unreachable : severity::passing,
                    text);
}

}  // namespace tapes::bus
