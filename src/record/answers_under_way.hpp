#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/store/entry.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Answers on their way into the store that clients may bring back without some of their content. A request
/// may go on from such an answer before it is committed (because the store fails, or the answer's end did not
/// wait) and finds it here, as the store does not know its match yet. Thread-safe; what add() returns may
/// outlive it.
class answers_under_way {
public:
    /// Keeps the answers of one entry under way.
    class ticket;

    answers_under_way();

    /// Copies the answers of `made` whose match is not their hash. They are under way until the last copy of
    /// what is returned is destroyed, and can be found for some time after that, because a thread that has
    /// just looked in the store in vain may be about to look here. Returns null where there is no such
    /// answer.
    std::shared_ptr<ticket> add(const store::entry& made);

    /// Returns the newest of them that has this match and hangs below `parent`, and whose content, in event
    /// form, agrees.
    using agrees = std::function<bool(std::string_view content, const std::vector<std::int64_t>& variants)>;
    std::optional<merkle::node> find(const merkle::digest& parent, const merkle::digest& match,
                                     const agrees& agree) const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace tapes::record
