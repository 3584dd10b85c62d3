#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/store/entry.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace tapes::record {

/// Answers on their way into the store that clients may bring back with less than was said. Until they are
/// committed nothing of them can be found there by its match; a request that goes on from one in the meantime
/// (the store fails, or the end of the answer did not wait for it) finds it here. Thread-safe; what add()
/// gives may outlive it.
class answers_under_way {
public:
    answers_under_way();

    /// Takes copies of the answers of `made` whose match is not their hash. They are under way until the last
    /// copy of what is returned is destroyed, and can be found a little longer: who has just looked in the
    /// store in vain may be about to look here. Null: there are none.
    std::shared_ptr<void> add(const store::entry& made);

    /// The newest of them below `parent` with that match whose content, in event form, agrees.
    using agrees = std::function<bool(std::string_view content)>;
    std::optional<merkle::node> find(const merkle::digest& parent, const merkle::digest& match,
                                     const agrees& with) const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace tapes::record
