#include "kafka_client.hpp"

#include <tapes/text/list.hpp>

#include <spdlog/spdlog.h>

#include <array>
#include <string_view>
#include <utility>

namespace tapes::bus {
namespace {

using namespace std::chrono_literals;
constexpr auto log_interval = 10s;

spdlog::level::level_enum level_of(int syslog_level) {
    if (syslog_level <= 3) {
        return spdlog::level::err;
    }
    if (syslog_level == 4) {
        return spdlog::level::warn;
    }
    return syslog_level <= 6 ? spdlog::level::info : spdlog::level::debug;
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    auto* log = static_cast<log_limiter*>(rd_kafka_opaque(client));
    if (log != nullptr) {
        log->write(level, facility, text);
    }
}

/// Values of these are never repeated in a message.
bool secret(std::string_view property) {
    for (const std::string_view word : {"password", "secret", "token", "oauth", ".pem", "username"}) {
        if (property.find(word) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

void set(rd_kafka_conf_t* conf, const std::string& property, const std::string& value) {
    std::array<char, 512> text{};
    switch (rd_kafka_conf_set(conf, property.c_str(), value.c_str(), text.data(), text.size())) {
        case RD_KAFKA_CONF_OK:
            return;
        case RD_KAFKA_CONF_UNKNOWN:
            throw setting_error("kafka property \"" + property + "\" is unknown to librdkafka");
        default:
            throw setting_error("kafka property \"" + property + "\": " +
                                (secret(property) ? std::string("invalid value") : std::string(text.data())));
    }
}

std::map<std::string, std::string> common_defaults(const kafka_settings& settings) {
    std::map<std::string, std::string> ours{
        {"bootstrap.servers", text::comma_list(settings.brokers)},
        {"allow.auto.create.topics", "false"},
        {"reconnect.backoff.max.ms", "2000"},
        {"log.connection.close", "false"},
    };
    if (!settings.client_id.empty()) {
        ours["client.id"] = settings.client_id;
    }
    return ours;
}

/// Gaps in the series of a partition would show a consumer a child before its parent, so an error of one
/// batch stops the client, which is then made anew. librdkafka has that only together with idempotence.
std::map<std::string, std::string> producer_defaults(const kafka_settings& settings) {
    std::map<std::string, std::string> ours{
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"compression.codec", "zstd"},
        {"linger.ms", "5"},
        {"message.timeout.ms", "0"},
        {"partitioner", "fnv1a"},
        {"queue.buffering.max.messages", "1000000"},
    };
    const auto idempotence = settings.properties.find("enable.idempotence");
    if (idempotence == settings.properties.end() || idempotence->second == "true") {
        ours["enable.gapless.guarantee"] = "true";
    }
    return ours;
}

/// What a client of this role cannot be told, and why: it would lose messages, or has a place of its own.
void refuse_ours(const kafka_settings& settings, client_role role) {
    const auto refuse = [&](const char* property, const char* why) {
        if (settings.properties.contains(property)) {
            throw setting_error(std::string("kafka property \"") + property + "\" cannot be set here" + why);
        }
    };
    // Without the reports of success no cursor would ever move.
    refuse("delivery.report.only.error", "");
    if (role == client_role::consumer) {
        refuse("enable.auto.commit", ": offsets are committed when their messages have been handled");
        refuse("enable.auto.offset.store", ": offsets are committed when their messages have been handled");
        refuse("group.id", ": the group is an option of its own");
    }
}

/// One property may have several names; the user's wins under each of them.
bool says(const kafka_settings& settings, const std::string& property) {
    static const std::array<std::pair<std::string_view, std::string_view>, 6> aliases{{
        {"bootstrap.servers", "metadata.broker.list"},
        {"acks", "request.required.acks"},
        {"compression.codec", "compression.type"},
        {"linger.ms", "queue.buffering.max.ms"},
        {"message.timeout.ms", "delivery.timeout.ms"},
        {"max.in.flight", "max.in.flight.requests.per.connection"},
    }};
    if (settings.properties.contains(property)) {
        return true;
    }
    for (const auto& [name, other] : aliases) {
        if (property == name && settings.properties.contains(std::string(other))) {
            return true;
        }
    }
    return false;
}

}  // namespace

void log_limiter::write(int level, const char* facility, const char* text) {
    const std::string_view line = text;
    if (line.find("enable.gapless.guarantee is experimental") != line.npos) {
        return;  // chosen with open eyes, and said at every start
    }
    if (line.find("property and will be ignored by this") != line.npos) {
        return;  // one set of properties serves producers and consumers
    }
    unsigned left_out = 0;
    {
        const sync::lock_guard hold{mutex_};
        if (level <= 4 && line.find("brokers are down") == line.npos) {
            problem_ = line;
        }
        if (voice_ == voice::quiet) {
            return;
        }
        const auto now = std::chrono::steady_clock::now();
        auto [found, fresh] = kinds_.try_emplace(facility, kind{now, 0});
        if (!fresh && now - found->second.last < log_interval) {
            ++found->second.left_out;
            return;
        }
        left_out = std::exchange(found->second.left_out, 0U);
        found->second.last = now;
    }
    if (left_out > 0) {
        spdlog::log(level_of(level), "kafka: {} ({} similar lines left out)", text, left_out);
    } else {
        spdlog::log(level_of(level), "kafka: {}", text);
    }
}

void log_limiter::silence() {
    const sync::lock_guard hold{mutex_};
    voice_ = voice::quiet;
}

std::string log_limiter::last_problem() const {
    const sync::lock_guard hold{mutex_};
    return problem_;
}

void log_limiter::note_problem(std::string text) {
    const sync::lock_guard hold{mutex_};
    problem_ = std::move(text);
}

conf_handle make_conf(const kafka_settings& settings, const std::map<std::string, std::string>& extra,
                      log_limiter& log, client_role role) {
    refuse_ours(settings, role);
    conf_handle conf(rd_kafka_conf_new());
    rd_kafka_conf_set_opaque(conf.get(), &log);
    rd_kafka_conf_set_log_cb(conf.get(), on_log);
    auto ours = common_defaults(settings);
    if (role == client_role::producer) {
        ours.merge(producer_defaults(settings));
    }
    for (const auto& [property, value] : extra) {
        ours[property] = value;
    }
    for (const auto& [property, value] : ours) {
        if (!says(settings, property)) {
            set(conf.get(), property, value);
        }
    }
    for (const auto& [property, value] : settings.properties) {
        set(conf.get(), property, value);
    }
    return conf;
}

client_handle make_client(conf_handle conf, client_role role) {
    std::array<char, 512> text{};
    client_handle client(rd_kafka_new(role == client_role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                                      conf.get(), text.data(), text.size()));
    if (!client) {
        throw setting_error(std::string("kafka: ") + text.data());
    }
    static_cast<void>(conf.release());  // the client's now
    return client;
}

void abandon(client_handle client, std::unique_ptr<log_limiter> log) {
    static sync::mutex mutex;
    // Never destroyed: threads of these clients may run until the very end of the process.
    static auto& kept = *new std::vector<std::pair<client_handle, std::unique_ptr<log_limiter>>>;
    log->silence();
    const sync::lock_guard hold{mutex};
    kept.emplace_back(std::move(client), std::move(log));
}

}  // namespace tapes::bus
