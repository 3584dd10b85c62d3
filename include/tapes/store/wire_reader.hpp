#pragma once

#include <tapes/store/placed.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tapes::store {

/// The bytes of an exchange as they were kept: redacted, else exact.
struct kept_wire {
    std::string request_head;
    std::string response_head;
    std::string request;
    std::string response;
    bool request_decoded = false;  ///< its content codings were undone, for something in it was redacted
    bool response_decoded = false;
};

/// Puts bodies together from what the store keeps of them. A read-only connection: one thread at a time;
/// holds no read transaction between calls. Throws std::runtime_error where a query fails, or where the store
/// does not hold together: the message names the piece or the exchange.
class wire_reader {
public:
    explicit wire_reader(const std::string& path);
    ~wire_reader();
    wire_reader(const wire_reader&) = delete;
    wire_reader& operator=(const wire_reader&) = delete;

    /// Reads the bytes of the exchange with this number (`seq` in the view); nothing where they were not
    /// kept.
    std::optional<kept_wire> read(std::int64_t exchange);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
