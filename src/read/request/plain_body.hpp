#pragma once

#include <string>

namespace tapes::read {

/// A body without its content codings.
struct plain_body {
    std::string bytes;  ///< as far as they could be decoded
    std::string fault;  ///< why that is not all; "": it is
    /// It is as it was kept, for nothing of it could be decoded: some senders name a coding that they do not
    /// use (docs/mapping.md, "Bodies under another label").
    bool as_kept = false;
};

/// Undoes the codings of a body that the store keeps beside `head`, unless that has undone them before.
plain_body undo_codings(const std::string& head, bool decoded_in_store, std::string&& kept);

}  // namespace tapes::read
