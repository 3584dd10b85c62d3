#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/replays.hpp>

#include <string>

namespace tapes::app {

/// Writes the rows of replays: through the process that has the store open for writing, or else by taking the
/// store's lock for the moment of each write. Use it from one thread at a time. Its members return when the
/// row is durable, and throw std::exception with one line when it cannot be written within some time.
class replay_writer {
public:
    explicit replay_writer(const config::settings& settings) : settings_{settings} {}

    store::replay create(const store::replay& wanted) const;
    store::replay change(const std::string& name, const store::replay_change& change) const;

private:
    const config::settings settings_;
};

}  // namespace tapes::app
