#include "commands/replay_run.hpp"

#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"
#include "commands/replay_request.hpp"

#include <tapes/bus/kafka.hpp>
#include <tapes/bus/topics.hpp>
#include <tapes/publish/replay_source.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace tapes::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// The row is read at least this often, to notice a pause or a cancel by another command.
constexpr auto replay_poll_interval = 500ms;
constexpr std::chrono::milliseconds replay_broker_timeout = 5s;

publish::replay_wish wish_of(store::replay_state state) {
    switch (state) {
        case store::replay_state::paused:
            return publish::replay_wish::pause;
        case store::replay_state::cancelled:
            return publish::replay_wish::cancel;
        case store::replay_state::running:
        case store::replay_state::done:
        case store::replay_state::failed:
            return publish::replay_wish::go_on;
    }
    return publish::replay_wish::go_on;
}

/// The topic that a replay sends to, and its bus.
class topic_of_replay {
public:
    /// Reaches the brokers, and creates a topic that is missing where that is allowed.
    topic_of_replay(const config::settings& settings, std::string topic) : topic_{std::move(topic)} {
        const auto& kafka = settings.publisher.kafka;
        if (kafka.brokers.empty()) {
            throw usage_error{"--to topic:" + topic_ +
                              " needs brokers: give --kafka-brokers, or publisher.kafka.brokers"};
        }
        bus_ = bus::make_kafka_bus({kafka.brokers, kafka.client_id, kafka.properties});
        const bus::topic_spec spec{topic_, kafka.partitions, kafka.retention, kafka.max_message_bytes};
        bus::ensure_topics(*bus_, {&spec, 1}, kafka.create_topic, replay_broker_timeout);
        most_bytes_ = bus_->make_admin()
                          ->max_message_bytes(topic_, replay_broker_timeout)
                          .value_or(bus::broker_default_limit);
    }

    std::unique_ptr<publish::replay_target> target(std::uint64_t begun,
                                                   std::function<void(std::string_view)> trouble) const {
        return publish::make_topic_target(*bus_, topic_, most_bytes_, begun, std::move(trouble));
    }

private:
    const std::string topic_;
    std::unique_ptr<bus::message_bus> bus_;
    std::uint64_t most_bytes_ = 0;
};

/// What a replay in the foreground waits for, saves and shows.
class foreground : public publish::replay_world {
public:
    foreground(const std::string& path, const store::replay& replay, const replay_writer& writer,
               const stop_signals& signals)
        : writer_{writer}, signals_{signals}, rows_{path}, replay_{replay}, shower_{bar_.shower()} {
        show(replay.at);
    }

    steady_clock::time_point now() override { return steady_clock::now(); }

    publish::replay_wish wait(std::chrono::microseconds time) override {
        // Rounded up: without that a wait of less than a millisecond would be none.
        const auto whole = std::chrono::ceil<std::chrono::milliseconds>(time);
        if (const auto wish = interrupted(whole); wish != publish::replay_wish::go_on) {
            return wish;
        }
        if (steady_clock::now() - looked_ < replay_poll_interval) {
            return publish::replay_wish::go_on;
        }
        looked_ = steady_clock::now();
        const auto row = rows_.find(replay_.name);
        return row ? wish_of(row->state) : publish::replay_wish::go_on;
    }

    publish::replay_wish save(const store::replay_position& at) override {
        const auto row = writer_.change(replay_.name, {std::nullopt, at, ""});
        looked_ = steady_clock::now();
        replay_.at = at;
        show(at);
        const auto wish = wish_of(row.state);
        return wish == publish::replay_wish::go_on ? interrupted(0ms) : wish;
    }

    /// Returns the position that is saved.
    const store::replay_position& at() const { return replay_.at; }
    bool by_signal() const { return by_signal_; }

private:
    publish::replay_wish interrupted(std::chrono::milliseconds time) {
        by_signal_ = by_signal_ || signals_.wait_for(time);
        return by_signal_ ? publish::replay_wish::pause : publish::replay_wish::go_on;
    }

    void show(const store::replay_position& at) {
        if (shower_) {
            shower_(counted(at.events, "event"), at.seq, replay_.last_seq);
        }
    }

    const replay_writer& writer_;
    const stop_signals& signals_;
    store::replay_reader rows_;
    store::replay replay_;
    progress_bar bar_;
    store::progress shower_;
    steady_clock::time_point looked_{};
    bool by_signal_ = false;
};

/// One run of a replay, from the position of its row.
class replay_run {
public:
    replay_run(const config::settings& settings, const store::replay& replay,
               const std::optional<topic_of_replay>& topic, const replay_writer& writer, printer& out,
               printer& err)
        : path_{settings.storage.sqlite_path},
          replay_{replay},
          topic_{topic},
          writer_{writer},
          out_{out},
          err_{err} {}

    int go(const stop_signals& signals) {
        auto at = replay_.at;
        try {
            bool by_signal = false;
            auto wish = publish::replay_wish::go_on;
            {
                const auto from = publish::make_store_replay(path_, replay_.choice, replay_.last_seq);
                const auto to = target();
                foreground in{path_, replay_, writer_, signals};
                const save_at_end keep{at, in};
                wish = publish::run_replay(*from, *to, in,
                                           {replay_.name, replay_.speed, replay_.batch, replay_.at});
                by_signal = in.by_signal();
            }
            return end(wish, by_signal, at);
        } catch (const std::exception& failure) {
            return fail(failure.what(), at);
        }
    }

private:
    struct save_at_end {
        ~save_at_end() { to = from.at(); }
        store::replay_position& to;
        const foreground& from;
    };

    std::unique_ptr<publish::replay_target> target() {
        if (topic_) {
            return topic_->target(replay_.at.bytes, [this](std::string_view text) {
                err_ << "tapes: " << text << " (it is tried again)\n";
            });
        }
        const auto destination = destination_of(replay_.to);
        if (destination.file.empty()) {
            return publish::make_stream_target(out_.bytes(), replay_.at.bytes);
        }
        const auto start = replay_.created_us == replay_.changed_us ? publish::file_start::fresh
                                                                    : publish::file_start::again;
        return publish::make_file_target(destination.file, start, replay_.at.bytes);
    }

    int end(publish::replay_wish wish, bool by_signal, const store::replay_position& at) {
        auto state = wish == publish::replay_wish::cancel ? store::replay_state::cancelled
                                                          : store::replay_state::paused;
        if (wish == publish::replay_wish::go_on || by_signal) {
            const auto to = by_signal ? store::replay_state::paused : store::replay_state::done;
            state = writer_.change(replay_.name, {to, std::nullopt, ""}).state;
        }
        err_ << "tapes: replay " << replay_.name << ": " << store::to_string(state) << ": "
             << counted(at.events, "event") << " to " << replay_.to;
        if (state == store::replay_state::paused) {
            err_ << "; continue with: tapes replay resume " << replay_.name;
        }
        err_ << "\n";
        return state == store::replay_state::done ? 0 : 1;
    }

    int fail(const std::string& why, const store::replay_position& at) {
        err_ << "tapes: replay " << replay_.name << " failed after " << counted(at.events, "event") << ": "
             << why << "; continue with: tapes replay resume " << replay_.name << "\n";
        try {
            writer_.change(replay_.name, {store::replay_state::failed, std::nullopt, why});
        } catch (const std::exception& failure) {
            err_ << "tapes: its state cannot be kept: " << failure.what() << "\n";
        }
        return 1;
    }

    const std::string path_;
    const store::replay replay_;
    const std::optional<topic_of_replay>& topic_;
    const replay_writer& writer_;
    printer& out_;
    printer& err_;
};

}  // namespace

int run_replay(const config::settings& settings, store::replay wanted, const stop_signals& signals,
               printer& out, printer& err) {
    const auto& path = settings.storage.sqlite_path;
    const auto destination = destination_of(wanted.to);
    std::optional<topic_of_replay> topic;
    if (!destination.topic.empty()) {
        topic.emplace(settings, destination.topic);
    }
    const replay_writer writer{settings};
    const bool begun = wanted.id != 0;
    if (!begun) {
        wanted = writer.create(wanted);
    }
    const auto claim = store::replay_claim::take(path, wanted.id);
    if (!claim) {
        throw usage_error{"replay " + wanted.name + " is running in another process"};
    }
    if (begun) {
        wanted = writer.change(wanted.name, {store::replay_state::running, std::nullopt, ""});
        if (wanted.state != store::replay_state::running) {
            throw usage_error{"replay " + wanted.name + " is " + std::string{store::to_string(wanted.state)}};
        }
    }
    err << "tapes: replay " << wanted.name << (begun ? ": continues" : ": sends") << " to " << wanted.to
        << " (elsewhere: tapes replay pause " << wanted.name << ")\n";
    err.flush();
    return replay_run{settings, wanted, topic, writer, out, err}.go(signals);
}

}  // namespace tapes::app
