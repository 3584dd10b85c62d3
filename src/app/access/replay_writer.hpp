#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/replays.hpp>

#include <string>

namespace tapes::app {

/// Writes the rows of replays, by way of the process that has the store open for writing where there is one;
/// the store is not kept from others in between. One thread at a time. Its members wait until it is durable,
/// and throw std::exception with one line where that cannot be, after trying for some time.
class replay_rows {
public:
    explicit replay_rows(const config::settings& how) : how_{how} {}

    store::replay create(const store::replay& wanted) const;
    store::replay change(const std::string& name, const store::replay_change& what) const;

private:
    const config::settings how_;
};

}  // namespace tapes::app
