#pragma once

#include "answer_body.hpp"
#include "forward.hpp"

#include <tapes/http/head.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tapes::relay {

/// What goes to the client of an answer: its head, which goes with the first bytes of the body, the bytes
/// that may pass, and those that are held. Undoes the chunked coding for clients that do not know it. Pure;
/// no I/O.
class outgoing_answer {
public:
    /// Writes the head for `client`. `dechunk` says that the body's chunks are undone.
    void open(const http::response_head& head, const client_side& client, bool dechunk);

    /// Adds the next bytes of the body, as `body` judges them. Returns what may be sent now, which is valid
    /// while `bytes` are and until the next call; what may not is held. `sent` is to be called after that.
    /// What was held before comes first where it turns out to be no end.
    std::string_view take(std::string_view bytes, answer_body& body, answer_body::verdict& now);
    /// What `take` returned has gone.
    void sent() noexcept { std::string{}.swap(head_); }

    /// Holds bytes that are no part of a body.
    void hold(std::string_view bytes) { held_.append(bytes); }

    /// The head alone, where it is to go before all that follows.
    std::string take_head() noexcept { return std::exchange(head_, {}); }
    /// All that has not been sent: the held end, before it the head.
    std::string take_rest();
    bool holds_bytes() const noexcept { return !held_.empty(); }
    /// Not even the head has gone.
    bool holds_all() const noexcept { return !head_.empty(); }

private:
    std::string head_;    ///< what goes with the next bytes: the head, or what was held for no end
    std::string held_;    ///< the answer's end
    std::string undone_;  ///< data whose chunks were undone
    bool dechunk_ = false;
};

}  // namespace tapes::relay
