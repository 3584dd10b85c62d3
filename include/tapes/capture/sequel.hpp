#pragma once

#include <cstdint>
#include <memory>

namespace tapes::capture {

struct exchange;

/// Gets an exchange back that was handed over before the body of its answer had ended: more of the answer may
/// come, and is added to it then.
class sequel {
public:
    virtual ~sequel() = default;

    /// Takes the exchange, which is committed as row `seq`. Called once, on the thread of the store's writer;
    /// must neither block nor throw. Not called for one that could not be written.
    virtual void committed(std::unique_ptr<exchange> stored, std::int64_t seq) noexcept = 0;
};

}  // namespace tapes::capture
