#pragma once

#include <tapes/store/kept_body.hpp>
#include <tapes/store/placed.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

/// A request as it is kept: bytes of its own, and chains of pieces that it shares with others.
struct kept_request {
    /// Where a chain stands in the bytes beside it.
    struct place {
        std::size_t offset = 0;
        std::int64_t last = 0;  ///< the piece at its end; 0: it is empty
    };
    std::string head;
    std::string beside;  ///< all that is in no piece
    std::vector<place> places;
    bool decoded = false;  ///< see kept_wire
};

/// What is kept of an exchange's bytes, without the bodies.
struct kept_about {
    struct side {
        std::string head;
        std::uint64_t body_bytes = 0;
        bool decoded = false;  ///< see kept_wire
    };
    side request, response;
};

/// A piece of requests.
struct kept_piece {
    std::int64_t parent = 0;  ///< the piece before it, of a smaller number; 0: none
    std::string bytes;
};

/// An answer as it is kept.
struct kept_answer {
    std::string head;
    std::string bytes;
    bool decoded = false;  ///< see kept_wire
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
    /// Reads the same of the request alone, whose pieces are still apart.
    std::optional<kept_request> read_request(std::int64_t exchange);
    /// Puts the body of such a request together.
    std::string body_of(const kept_request& request);
    std::optional<kept_answer> read_answer(std::int64_t exchange);
    /// Tells of the same without reading the bodies.
    std::optional<kept_about> about(std::int64_t exchange);
    /// Begins to read a body; nothing where its bytes were not kept.
    std::optional<kept_body> request_body(std::int64_t exchange);
    std::optional<kept_body> answer_body(std::int64_t exchange);
    /// Appends the next bytes of it, `most` of them or all that are left.
    void read(kept_body& from, std::string& to, std::size_t most);
    /// Reads one piece, which must be there.
    kept_piece piece(std::int64_t id);
    /// Puts the bytes of a chain of pieces together, whose last one this is; 0: it is empty.
    std::string chain(std::int64_t last);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
