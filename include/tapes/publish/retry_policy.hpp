#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::publish {

/// Decides when a dead letter is tried again. An immutable value; thread-safe.
class retry_policy {
public:
    /// A delay is `multiplier^attempt` times the base, at most the cap, ±10 %.
    struct figures {
        unsigned max_retries = 0;
        std::chrono::milliseconds base{0};
        std::chrono::milliseconds cap{0};  ///< 0: none
        double multiplier = 1.0;           ///< 1: a fixed interval
    };

    /// Throws std::invalid_argument, naming what is wrong: a negative time, a cap below the base, a
    /// multiplier that is not a number from 1 to 1000.
    explicit retry_policy(figures values);

    static retry_policy aggressive();  ///< 5 retries from 30 s to 300 s, doubled
    static retry_policy cautious();    ///< 3 retries from 60 s to 600 s, tripled
    static retry_policy immediate();   ///< 3 retries, at once
    static retry_policy standard();    ///< "default": 4 retries from 60 s to 1800 s, times 2.5
    static retry_policy manual();      ///< never by itself

    /// How long to wait before the retry that follows `attempt` retries (0: the first), without jitter where
    /// `random` is 0.5; `random` from 0 to 1 spreads it evenly over ±10 %. Nothing when the retries are used
    /// up. Pure.
    std::optional<std::chrono::milliseconds> next_delay(unsigned attempt, double random) const;

    const figures& values() const { return figures_; }

private:
    figures figures_;
};

/// Which policy is whose. An immutable value but for its construction; thread-safe.
class retry_policies {
public:
    /// Names of policies ("aggressive", "cautious", "immediate", "default", "manual", or one of `custom`).
    struct choice {
        std::map<std::string, retry_policy::figures> custom;  ///< may give a name above other figures
        std::string fallback = "default";
        std::map<std::string, std::string> by_event_type;
        std::map<std::string, std::string> by_topic;  ///< wins over the event type's
    };

    /// Throws std::invalid_argument, naming the policy that does not exist or whose figures are wrong.
    explicit retry_policies(const choice& choice);
    retry_policies() : retry_policies(choice{}) {}

    const retry_policy& find(std::string_view topic, std::string_view event_type) const;

private:
    retry_policy fallback_;
    std::map<std::string, retry_policy, std::less<>> by_event_type_;
    std::map<std::string, retry_policy, std::less<>> by_topic_;
};

}  // namespace tapes::publish
