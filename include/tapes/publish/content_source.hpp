#pragma once

#include <tapes/merkle/digest.hpp>

#include <string>

namespace tapes::publish {

/// The answer to a question for the content of a node.
struct content_answer {
    bool found = false;
    std::string body;    ///< as `event::add_content` takes it
    std::string reason;  ///< why nothing was found, for people
};

/// Knows the content of nodes that did not fit into their events. Thread-safe.
class content_source {
public:
    virtual ~content_source() = default;

    /// Asks for the content of a node and waits for the answer. Does not throw.
    virtual content_answer find(const merkle::digest& hash) = 0;

    /// Stops waiting, now and from now on: whatever is asked for is not found.
    virtual void give_up() noexcept {}
};

}  // namespace tapes::publish
