#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tapes::store {

/// A body of an exchange, which wire_reader reads piece by piece. It holds little of it, and nothing open, so
/// that it may be read on with another reader of the same store.
class kept_body {
public:
    class impl;

    explicit kept_body(std::unique_ptr<impl> made);
    ~kept_body();
    kept_body(kept_body&&) noexcept;
    kept_body& operator=(kept_body&&) noexcept;

    std::string head;      ///< of the message whose body it is
    bool decoded = false;  ///< its content codings were undone, for something in it was redacted
    /// How many bytes were not read yet.
    std::uint64_t left() const noexcept;

private:
    friend class wire_reader;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
