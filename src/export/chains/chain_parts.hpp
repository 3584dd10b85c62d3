#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/export/form.hpp>
#include <tapes/read/exchange.hpp>
#include <tapes/read/transcript.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace tapes::exports {

/// A chain that is told, and which thread it is of.
struct chain_part {
    read::transcript_request request;
    std::optional<catalogue::thread> thread;
    std::size_t number = 0;  ///< of the thread, from 1
};

/// Threads within threads within threads: deeper ones are not told.
inline constexpr std::size_t deepest_thread = 8;

/// What of the record is exported.
struct chain_parts {
    std::optional<catalogue::session> session;
    bool whole_session = false;              ///< it is meant itself, and all of its main threads
    std::vector<catalogue::thread> threads;  ///< of the session, all of them
    std::optional<read::exchange> exchange;  ///< the one that is meant
    std::vector<chain_part> chains;          ///< one after the other; none of an exchange without a turn
};

/// Finds the chains of what is meant: of a session its main threads (where it has none the first), or the one
/// that is chosen; of a node or an exchange the chain that ends there. Throws export_refusal where there is
/// no such thread.
chain_parts parts_of(read::sources& from, const subject& about);

}  // namespace tapes::exports
