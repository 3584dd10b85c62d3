#include <tapes/publish/retry_policy.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace tapes::publish {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr double jitter = 0.1;
/// No delay is longer, whatever the figures: times stay far from overflow.
constexpr milliseconds longest = std::chrono::hours(24 * 365);

const std::map<std::string, retry_policy, std::less<>>& built_in() {
    static const std::map<std::string, retry_policy, std::less<>> policies{
        {"aggressive", retry_policy::aggressive()}, {"cautious", retry_policy::cautious()},
        {"immediate", retry_policy::immediate()},   {"default", retry_policy::standard()},
        {"manual", retry_policy::manual()},
    };
    return policies;
}

retry_policy by_name(const retry_policies::choice& all, const std::string& name) {
    if (const auto found = all.custom.find(name); found != all.custom.end()) {
        try {
            return retry_policy(found->second);
        } catch (const std::invalid_argument& error) {
            throw std::invalid_argument("retry policy \"" + name + "\": " + error.what());
        }
    }
    if (const auto found = built_in().find(name); found != built_in().end()) {
        return found->second;
    }
    throw std::invalid_argument("retry policy \"" + name + "\" does not exist");
}

std::map<std::string, retry_policy, std::less<>> resolve(const retry_policies::choice& all,
                                                         const std::map<std::string, std::string>& names) {
    std::map<std::string, retry_policy, std::less<>> out;
    for (const auto& [whose, name] : names) {
        out.emplace(whose, by_name(all, name));
    }
    return out;
}

}  // namespace

retry_policy::retry_policy(figures values) : figures_{values} {
    if (values.base < 0ms || values.cap < 0ms) {
        throw std::invalid_argument("a delay must not be negative");
    }
    if (values.cap != 0ms && values.cap < values.base) {
        throw std::invalid_argument("the cap must not be below the base delay");
    }
    if (!(values.multiplier >= 1.0 && values.multiplier <= 1000.0)) {
        throw std::invalid_argument("the multiplier must be from 1 to 1000");
    }
}

retry_policy retry_policy::aggressive() {
    return retry_policy({5, 30s, 300s, 2.0});
}

retry_policy retry_policy::cautious() {
    return retry_policy({3, 60s, 600s, 3.0});
}

retry_policy retry_policy::immediate() {
    return retry_policy({3, 0s, 0s, 1.0});
}

retry_policy retry_policy::standard() {
    return retry_policy({4, 60s, 1800s, 2.5});
}

retry_policy retry_policy::manual() {
    return retry_policy({0, 0s, 0s, 1.0});
}

std::optional<milliseconds> retry_policy::next_delay(unsigned attempt, double random) const {
    if (attempt >= figures_.max_retries) {
        return std::nullopt;
    }
    const auto cap =
        static_cast<double>((figures_.cap == 0ms ? longest : std::min(figures_.cap, longest)).count());
    const auto grown = static_cast<double>(figures_.base.count()) * std::pow(figures_.multiplier, attempt);
    // 0 · ∞ is no number; a base of 0 stays 0.
    const auto delay = figures_.base == 0ms ? 0.0 : std::min(grown, cap);
    const auto spread = 1.0 - jitter + 2.0 * jitter * std::clamp(random, 0.0, 1.0);
    return milliseconds(std::llround(delay * spread));
}

retry_policies::retry_policies(const choice& choice)
    : fallback_{by_name(choice, choice.fallback)},
      by_event_type_{resolve(choice, choice.by_event_type)},
      by_topic_{resolve(choice, choice.by_topic)} {
    for (const auto& [name, values] : choice.custom) {
        by_name(choice, name);  // also one that nobody uses yet must be right
    }
}

const retry_policy& retry_policies::find(std::string_view topic, std::string_view event_type) const {
    if (const auto found = by_topic_.find(topic); found != by_topic_.end()) {
        return found->second;
    }
    if (const auto found = by_event_type_.find(event_type); found != by_event_type_.end()) {
        return found->second;
    }
    return fallback_;
}

}  // namespace tapes::publish
