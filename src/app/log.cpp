#include "log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <iterator>
#include <memory>
#include <mutex>

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

double milliseconds_between(capture::timestamp from, capture::timestamp to) {
    const bool both = from != capture::timestamp{} && to != capture::timestamp{};
    return both ? std::chrono::duration<double, std::milli>(to - from).count() : 0.0;
}

/// Paths and names come from clients: control characters are shown, not sent to a terminal.
std::string printable(std::string_view text) {
    spdlog::memory_buf_t safe;
    append_escaped(safe, spdlog::string_view_t{text.data(), text.size()});
    return {safe.data(), safe.size()};
}

}  // namespace

void start_log(const config::log_settings& how) {
    as_json = how.format == config::log_format::json;
    auto logger = std::make_shared<spdlog::logger>("tapes", std::make_shared<buffered_stderr>());
    if (as_json) {
        logger->set_formatter(std::make_unique<json_formatter>());
    } else {
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    }
    logger->set_level(level_of(how.level));
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
    const auto first = milliseconds_between(from.accepted_at, from.first_byte_at);
    const auto whole = milliseconds_between(from.accepted_at, from.last_byte_at);
    const auto prompt = settled.used.prompt_tokens.value_or(0);
    const auto completion = settled.used.completion_tokens.value_or(0);
    const auto method = printable(from.method);
    const auto path = printable(from.path);
    const auto model = printable(settled.model);
    const auto agent = printable(from.agent_name);
    if (as_json) {
        spdlog::info(
            R"({{"message":"exchange","id":"{}","method":"{}","path":"{}","status":{},"api":"{}","provider":"{}","agent":"{}","model":"{}","prompt_tokens":{},"completion_tokens":{},"first_byte_ms":{:.1f},"total_ms":{:.1f},"end_reason":"{}","drop_reason":"{}"}})",
            id, method, path, from.status, settled.api, from.provider, agent, model, prompt, completion,
            first, whole, name_of(from.ended), name_of(settled.dropped));
        return;
    }
    spdlog::info(
        "exchange {} {} {} status={} api={} provider={} agent={} model={} tokens={}/{} first_byte={:.1f}ms "
        "total={:.1f}ms "
        "end={} drop={}",
        id, method, path, from.status, settled.api.empty() ? "-" : settled.api, from.provider,
        agent.empty() ? "-" : agent, model.empty() ? "-" : model, prompt, completion, first, whole,
        name_of(from.ended), settled.dropped == capture::drop_reason::none ? "-" : name_of(settled.dropped));
}

}  // namespace tapes::app
