#include "process/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>

namespace tapes::app {

namespace {

using capture::name_of;

void append_escaped(spdlog::memory_buf_t& out, spdlog::string_view_t text) {
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out.push_back(c);
        }
    }
}

/// {"time":…,"level":…,"message":…}; a message that is an object already gives its members in place of
/// "message".
class json_formatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        out.append(std::string_view{"{"});
        time_.format(line, out);
        if (line.payload.size() > 1 && line.payload[0] == '{') {
            out.append(line.payload.data() + 1, line.payload.data() + line.payload.size());
        } else {
            out.append(std::string_view{"\"message\":\""});
            append_escaped(out, line.payload);
            out.append(std::string_view{"\"}"});
        }
        out.push_back('\n');
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(); }

private:
    spdlog::pattern_formatter time_{"\"time\":\"%Y-%m-%dT%H:%M:%S.%fZ\",\"level\":\"%l\",",
                                    spdlog::pattern_time_type::utc, ""};
};

class buffered_stderr final : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& line) override {
        formatter_->format(line, buffer_);
        if (buffer_.size() > 32 * 1024 || line.level >= spdlog::level::warn) {
            flush_();
        }
    }
    void flush_() override {
        if (buffer_.size() > 0) {
            std::fwrite(buffer_.data(), 1, buffer_.size(), stderr);
            std::fflush(stderr);
            buffer_.clear();
        }
    }

private:
    spdlog::memory_buf_t buffer_;
};

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

bool as_json = false;  ///< set once, before other threads start

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

/// Paths and names come from clients: control characters are shown, not sent to a terminal.
class printable {
public:
    explicit printable(std::string_view text) : text_{text} {
        const auto plain = [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
        };
        if (!std::all_of(text.begin(), text.end(), plain)) {
            spdlog::memory_buf_t safe;
            append_escaped(safe, spdlog::string_view_t{text.data(), text.size()});
            copy_.assign(safe.data(), safe.size());
            text_ = copy_;
        }
    }
    printable(const printable&) = delete;
    printable& operator=(const printable&) = delete;

    std::string_view text() const noexcept { return text_; }
    std::string_view or_dash() const noexcept { return text_.empty() ? std::string_view{"-"} : text_; }

private:
    std::string copy_;
    std::string_view text_;
};

}  // namespace

void start_log(const config::log_settings& settings) {
    as_json = settings.format == config::log_format::json;
    auto logger = std::make_shared<spdlog::logger>("tapes", std::make_shared<buffered_stderr>());
    if (as_json) {
        logger->set_formatter(std::make_unique<json_formatter>());
    } else {
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    }
    logger->set_level(level_of(settings.level));
    spdlog::set_default_logger(std::move(logger));
    spdlog::flush_every(std::chrono::seconds{1});
}

void flush_log() {
    spdlog::default_logger_raw()->flush();
}

void log_exchange(const store::entry& settled) {
    if (!spdlog::should_log(spdlog::level::info)) {
        return;
    }
    const auto& from = *settled.exchange;
    const auto id = capture::to_string(from.id);
    const span_ms first{from.accepted_at, from.first_byte_at};
    const span_ms whole{from.accepted_at, from.last_byte_at};
    const auto prompt = settled.used.prompt_tokens.value_or(0);
    const auto completion = settled.used.completion_tokens.value_or(0);
    const printable method{from.websocket ? std::string_view{"WEBSOCKET"} : std::string_view{from.method}};
    const printable path{from.path};
    const printable model{settled.model};
    const printable agent{from.agent_name};
    const printable api{settled.api};
    const printable dropped{name_of(settled.dropped)};
    if (as_json) {
        spdlog::info(
            R"({{"message":"exchange","id":"{}","method":"{}","path":"{}","status":{},"api":"{}","provider":"{}",)"
            R"("agent":"{}","model":"{}","prompt_tokens":{},"completion_tokens":{},"first_byte_ms":{},)"
            R"("total_ms":{},"end_reason":"{}","drop_reason":"{}"}})",
            id, method.text(), path.text(), from.status, api.text(), from.provider, agent.text(),
            model.text(), prompt, completion, first.text(), whole.text(), name_of(from.ended),
            dropped.text());
        return;
    }
    spdlog::info(
        "exchange {} {} {} status={} api={} provider={} agent={} model={} tokens={}/{} first_byte={}ms "
        "total={}ms "
        "end={} drop={}",
        id, method.text(), path.text(), from.status, api.or_dash(), from.provider, agent.or_dash(),
        model.or_dash(), prompt, completion, first.text(), whole.text(), name_of(from.ended),
        dropped.or_dash());
}

}  // namespace tapes::app
