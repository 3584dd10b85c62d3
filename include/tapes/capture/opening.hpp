#pragma once

#include <cstdint>
#include <memory>

namespace tapes::capture {

struct exchange;

/// Which part of what passed an exchange holds. Of an answer in the background the question is handed over
/// while the stream is still coming; what came in all is its conclusion, which replaces the question's row.
enum class exchange_part : std::uint8_t { whole, question, conclusion };

/// The question of an exchange, handed over ahead of its answer. Thread-safe.
class opening {
public:
    virtual ~opening() = default;

    /// Takes the exchange, whose answer has ended, and hands it over: as the conclusion of the question, once
    /// that is committed; in one piece where the question has left no row. Called once; never blocks.
    virtual void conclude(std::unique_ptr<exchange> whole) noexcept = 0;
};

}  // namespace tapes::capture
