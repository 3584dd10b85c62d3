#include "process/log.hpp"

#include "process/log_formatter.hpp"
#include "process/log_queue.hpp"

#include <tapes/app/command_log.hpp>
#include <tapes/text/json_string.hpp>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tapes::app {

namespace {

using capture::name_of;

/// How long the end of the process waits for who reads the log: without any progress, and in all.
constexpr std::chrono::milliseconds longest_stall{500};
constexpr std::chrono::milliseconds longest_drain{5000};

class queued_stderr final : public spdlog::sinks::base_sink<std::mutex> {
public:
    bool drain() { return lines_.drain(longest_stall, longest_drain); }

protected:
    void sink_it_(const spdlog::details::log_msg& line) override {
        say_dropped();
        add(line);
        if (line.level >= spdlog::level::warn) {
            lines_.wake();
        }
    }
    void flush_() override {
        say_dropped();
        lines_.wake();
    }

private:
    void add(const spdlog::details::log_msg& line) {
        text_.clear();
        formatter_->format(line, text_);
        lines_.add({text_.data(), text_.size()});
    }

    void say_dropped() {
        const auto count = lines_.take_dropped();
        if (count > 0) {
            const auto text = fmt::format("log: {} lines were dropped, as nobody read them", count);
            add({"tapes", spdlog::level::warn, text});
        }
    }

    spdlog::memory_buf_t text_;
    log_queue lines_{STDERR_FILENO};
};

/// Of the process; the default logger has it too. Null until start_log().
std::shared_ptr<queued_stderr>& log_sink() {
    static std::shared_ptr<queued_stderr> sink;
    return sink;
}

spdlog::level::level_enum level_of(config::log_level level) {
    switch (level) {
        case config::log_level::trace:
            return spdlog::level::trace;
        case config::log_level::debug:
            return spdlog::level::debug;
        case config::log_level::info:
            return spdlog::level::info;
        case config::log_level::warn:
            return spdlog::level::warn;
        case config::log_level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// Set once, before other threads start: takes the members of objects; null where lines are text.
std::shared_ptr<spdlog::logger> object_log;

/// A span of time for people: "12.3", in milliseconds; "0.0" where one end is missing.
class span_ms {
public:
    span_ms(capture::timestamp from, capture::timestamp to) {
        const bool both = from != capture::timestamp{} && to != capture::timestamp{} && to > from;
        const auto tenths = both ? (to - from).count() / 100 : 0;
        const auto end = fmt::format_to_n(text_.data(), text_.size(), "{}.{}", tenths / 10, tenths % 10).size;
        size_ = std::min(end, text_.size());
    }
    std::string_view text() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, 24> text_;
    std::size_t size_;
};

/// A name that a client chose, as one word: with spaces or quotes it stands in quotes, so that it adds no
/// field to the line. What is hidden in it is shown by the formatter.
class word {
public:
    explicit word(std::string_view text) : text_{text} {
        if (text.empty()) {
            text_ = "-";
        } else if (text.find_first_of(" \"") != std::string_view::npos) {
            quoted_ = '"';
            for (const char c : text) {
                quoted_.append(c == '"' ? "\\\"" : std::string_view{&c, 1});
            }
            quoted_ += '"';
            text_ = quoted_;
        }
    }
    word(const word&) = delete;
    word& operator=(const word&) = delete;

    std::string_view text() const noexcept { return text_; }

private:
    std::string quoted_;
    std::string_view text_;
};

std::string_view method_of(const capture::exchange& from) {
    return from.websocket ? std::string_view{"WEBSOCKET"} : std::string_view{from.method};
}

void log_object(const store::entry& settled, std::string_view id, const span_ms& first,
                const span_ms& whole) {
    const auto& from = *settled.exchange;
    std::string members{"\"message\":\"exchange\""};
    const auto add_value = [&](std::string_view name, std::string_view value) {
        members.append(",\"").append(name).append("\":").append(value);
    };
    const auto add = [&](std::string_view name, std::string_view value) {
        add_value(name, {});
        text::append_json_string(members, value);
    };
    add("id", id);
    add("method", method_of(from));
    add("path", from.path);
    add_value("status", std::to_string(from.status));
    add("api", settled.api);
    add("provider", from.provider);
    add("agent", from.agent_name);
    add("model", settled.model);
    add("caller", from.caller);
    add_value("prompt_tokens", std::to_string(settled.used.prompt_tokens.value_or(0)));
    add_value("completion_tokens", std::to_string(settled.used.completion_tokens.value_or(0)));
    add_value("first_byte_ms", first.text());
    add_value("total_ms", whole.text());
    add("end_reason", name_of(from.ended));
    add("drop_reason", name_of(settled.dropped));
    object_log->info(members);
}

}  // namespace

void start_log(const config::log_settings& settings) {
    log_sink() = std::make_shared<queued_stderr>();
    const auto sink = log_sink();
    sink->set_formatter(make_log_formatter(settings.format));
    auto logger = std::make_shared<spdlog::logger>("tapes", sink);
    logger->set_level(level_of(settings.level));
    if (settings.format == config::log_format::json) {
        object_log = std::make_shared<spdlog::logger>(std::string{members_logger}, sink);
        object_log->set_level(level_of(settings.level));
    }
    spdlog::set_default_logger(std::move(logger));
    spdlog::flush_every(std::chrono::seconds{1});
}

void start_command_log() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(make_log_formatter(config::log_format::text));
    auto logger = std::make_shared<spdlog::logger>("tapes", std::move(sink));
    logger->set_level(spdlog::level::warn);
    spdlog::set_default_logger(std::move(logger));
}

void flush_log() {
    spdlog::default_logger_raw()->flush();
}

bool drain_log() {
    if (log_sink() == nullptr) {
        return true;
    }
    log_sink()->flush();
    return log_sink()->drain();
}

void log_exchange(const store::entry& settled) {
    if (!spdlog::should_log(spdlog::level::info)) {
        return;
    }
    const auto& from = *settled.exchange;
    const auto id = capture::to_string(from.id);
    const span_ms first{from.accepted_at, from.first_byte_at};
    const span_ms whole{from.accepted_at, from.last_byte_at};
    if (object_log) {
        log_object(settled, id, first, whole);
        return;
    }
    spdlog::info(
        "exchange {} {} {} status={} api={} provider={} agent={} model={} caller={} tokens={}/{} "
        "first_byte={}ms "
        "total={}ms end={} drop={}",
        id, word{method_of(from)}.text(), word{from.path}.text(), from.status, word{settled.api}.text(),
        word{from.provider}.text(), word{from.agent_name}.text(), word{settled.model}.text(),
        word{from.caller}.text(), settled.used.prompt_tokens.value_or(0),
        settled.used.completion_tokens.value_or(0), first.text(), whole.text(), name_of(from.ended),
        word{name_of(settled.dropped)}.text());
}

}  // namespace tapes::app
