#include "process/log_formatter.hpp"

#include <tapes/text/json_string.hpp>
#include <tapes/text/visible.hpp>

#include <spdlog/pattern_formatter.h>

#include <string>

namespace tapes::app {

namespace {

class text_formatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        start_.format(line, out);
        const std::string_view message{line.payload.data(), line.payload.size()};
        if (text::is_visible(message)) {
            out.append(message);
        } else {
            out.append(text::visible(message));
        }
        out.push_back('\n');
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<text_formatter>(); }

private:
    spdlog::pattern_formatter start_{"%Y-%m-%dT%H:%M:%S.%eZ %l ", spdlog::pattern_time_type::utc, ""};
};

class json_formatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        const std::string_view message{line.payload.data(), line.payload.size()};
        const bool members =
            std::string_view{line.logger_name.data(), line.logger_name.size()} == members_logger;
        members_.assign("\"message\":");
        if (members) {
            members_.assign(message);
        } else {
            text::append_json_string(members_, message);
        }
        start_.format(line, out);
        if (text::is_visible(members_)) {
            out.append(members_);
        } else {
            out.append(text::visible_json(members_));
        }
        out.append(std::string_view{"}\n"});
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(); }

private:
    spdlog::pattern_formatter start_{"{\"time\":\"%Y-%m-%dT%H:%M:%S.%fZ\",\"level\":\"%l\",",
                                     spdlog::pattern_time_type::utc, ""};
    std::string members_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(config::log_format format) {
    if (format == config::log_format::json) {
        return std::make_unique<json_formatter>();
    }
    return std::make_unique<text_formatter>();
}

}  // namespace tapes::app
