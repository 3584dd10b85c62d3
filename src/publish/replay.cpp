#include <tapes/publish/replay.hpp>

#include <algorithm>

namespace tapes::publish {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::steady_clock;

/// Wishes and the state in the store are looked at this often at least.
constexpr microseconds glance = 500ms;
/// A batch ends at this many bytes too: it is what waits in memory.
constexpr std::uint64_t batch_bytes = 8ULL << 20;
/// What a paused replay may take for what is under way.
constexpr std::chrono::milliseconds last_patience{2000};
/// A wait not worth pushing out for what was sent.
constexpr microseconds short_wait = 20ms;
/// Positions are not saved more often than this while a replay mostly waits.
constexpr std::chrono::seconds save_every{1};

class run {
public:
    run(replay_source& source, replay_target& target, replay_world& world, const replay_settings& settings)
        : source_{source},
          target_{target},
          world_{world},
          settings_{settings},
          at_{settings.from},
          pace_{settings.speed} {}

    replay_wish to_the_end() {
        for (std::uint64_t i = 0; i < settings_.from.events; ++i) {
            if (!source_.next()) {
                return replay_wish::go_on;
            }
        }
        start_ = saved_at_ = world_.now();
        while (const auto step = source_.next()) {
            if (const auto wish = await(*step); wish != replay_wish::go_on) {
                return give_up(wish);
            }
            send(*step);
            if (unsaved_ >= settings_.batch || target_.bytes() - at_.bytes >= batch_bytes) {
                if (const auto wish = end_batch(); wish != replay_wish::go_on) {
                    return give_up(wish);
                }
            }
        }
        const auto wish = end_batch();
        return wish == replay_wish::go_on ? wish : give_up(wish);
    }

private:
    replay_wish await(const replay_step& step) {
        const auto due = start_ + pace_.due(step.at_us);
        for (auto now = world_.now(); now < due; now = world_.now()) {
            const auto left = std::chrono::duration_cast<microseconds>(due - now);
            if (unsaved_ > 0 && left > short_wait && target_.settle(0ms) &&
                (left >= save_every || now - saved_at_ >= save_every)) {
                if (const auto wish = save(); wish != replay_wish::go_on) {
                    return wish;
                }
                continue;
            }
            if (const auto wish = world_.wait(std::min(left, glance)); wish != replay_wish::go_on) {
                return wish;
            }
        }
        return replay_wish::go_on;
    }

    void send(const replay_step& step) {
        const auto number = at_.events + unsaved_ + 1;
        source_.make(record_, step, target_.most_bytes());
        record_.extra.emplace_back("replay", settings_.name);
        record_.extra.emplace_back("replay_seq", std::to_string(number));
        target_.send(record_);
        ++unsaved_;
        seq_ = step.seq;
    }

    replay_wish end_batch() {
        if (unsaved_ == 0) {
            return replay_wish::go_on;
        }
        while (!target_.settle(std::chrono::duration_cast<std::chrono::milliseconds>(glance))) {
            if (const auto wish = world_.wait(0us); wish != replay_wish::go_on) {
                return wish;
            }
        }
        return save();
    }

    /// All that was sent is safe.
    replay_wish save() {
        at_ = {seq_, at_.events + unsaved_, target_.bytes()};
        unsaved_ = 0;
        saved_at_ = world_.now();
        return world_.save(at_);
    }

    replay_wish give_up(replay_wish wish) {
        if (unsaved_ > 0 && target_.settle(last_patience)) {
            save();
        }
        return wish;
    }

    replay_source& source_;
    replay_target& target_;
    replay_world& world_;
    const replay_settings& settings_;
    store::replay_position at_;  ///< that is saved
    replay_pace pace_;
    steady_clock::time_point start_;
    steady_clock::time_point saved_at_;
    event::event_record record_;
    std::uint64_t unsaved_ = 0;
    std::uint64_t seq_ = 0;
};

}  // namespace

replay_wish run_replay(replay_source& source, replay_target& target, replay_world& world,
                       const replay_settings& settings) {
    return run{source, target, world, settings}.to_the_end();
}

}  // namespace tapes::publish
