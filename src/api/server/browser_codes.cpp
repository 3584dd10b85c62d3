#include "server/browser_codes.hpp"

#include "server/random_bits.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace tapes::api {

std::string browser_codes::make(clock::time_point now) {
    auto code = random_bits();
    const sync::lock_guard guard{mutex_};
    if (open_.size() == most_codes) {
        open_.pop_front();
    }
    open_.push_back({code, now + code_lifetime});
    return code;
}

browser_codes::outcome browser_codes::take(std::string_view code, clock::time_point now) {
    const sync::lock_guard guard{mutex_};
    while (!open_.empty() && open_.front().end <= now) {
        open_.pop_front();
    }
    while (!failures_.empty() && failures_.front() + failure_window <= now) {
        failures_.pop_front();
    }
    if (failures_.size() >= most_failures) {
        return outcome::too_many;
    }
    auto found = open_.end();
    for (auto at = open_.begin(); at != open_.end(); ++at) {
        // All of them have one length, which is no secret.
        if (code.size() == at->code.size() && CRYPTO_memcmp(code.data(), at->code.data(), code.size()) == 0) {
            found = at;
        }
    }
    if (found == open_.end()) {
        failures_.push_back(now);
        return outcome::unknown;
    }
    open_.erase(found);
    return outcome::good;
}

}  // namespace tapes::api
