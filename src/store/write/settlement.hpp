#pragma once

#include "write/committer.hpp"

#include <tapes/capture/ledger.hpp>
#include <tapes/store/entry.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace tapes::store {

/// Ends exchanges, once it is known what became of them: counts them in the ledger, tells who waits for them,
/// and gives those back whose answers may go on. What memory is too short for is left out, or done one by
/// one. For the writer's thread, and for the threads that submit to a store that is closed.
class settlement {
public:
    /// `on_settled` takes each exchange that was new, once; it may be empty.
    settlement(capture::ledger& account, const std::function<void(const entry&)>& on_settled) noexcept
        : account_{account}, on_settled_{on_settled} {}

    /// Counts, then tells: who is told finds the ledger settled. `outcomes` has one for each entry.
    void settle(std::vector<std::unique_ptr<entry>>& entries, const std::vector<entry_outcome>& outcomes);

    /// Ends exchanges that a closed store cannot take.
    void refuse(const std::vector<std::unique_ptr<entry>>& entries);

private:
    capture::ledger& account_;
    const std::function<void(const entry&)>& on_settled_;
};

}  // namespace tapes::store
