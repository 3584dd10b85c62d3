#pragma once

#include <tapes/sqlite/connection.hpp>

#include <cstdint>
#include <vector>

namespace tapes::catalogue {

/// The nodes that came without exchanges, in runs of ids. Nodes are added in the order of their ids.
class bare_runs {
public:
    explicit bare_runs(sqlite::connection& db);

    void add(std::int64_t node);
    void flush();
    void forget();

private:
    struct run {
        std::int64_t first = 0, last = 0;
    };

    sqlite::statement newest_, keep_;
    run stored_;  ///< the newest of the table
    std::vector<run> changed_;
};

}  // namespace tapes::catalogue
