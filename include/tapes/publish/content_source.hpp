#pragma once

#include <tapes/merkle/digest.hpp>

#include <string>

namespace tapes::publish {

/// What came of asking for the content of a node.
struct content_answer {
    bool found = false;
    std::string body;    ///< as `event::add_content` takes it
    std::string reason;  ///< why nothing was found, for people
};

/// Where the content of nodes is that did not fit into their events. Thread-safe.
class content_source {
public:
    virtual ~content_source() = default;

    /// Waits for the answer. Does not throw.
    virtual content_answer find(const merkle::digest& hash) = 0;

    /// From now on nothing is waited for: what is being asked for is not found either.
    virtual void give_up() noexcept {}
};

}  // namespace tapes::publish
