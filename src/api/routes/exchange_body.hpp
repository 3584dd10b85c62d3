#pragma once

#include <tapes/api/long_body.hpp>
#include <tapes/api/record.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tapes::api {

/// A body of an exchange, and the head before it.
struct exchange_body {
    std::string head;
    std::unique_ptr<long_body> bytes;
};

enum class body_side : bool { request, response };

/// Begins to read a body; nothing where its bytes were not kept. `decode` undoes its content codings, and
/// throws a refusal where that is not possible to its end.
std::optional<exchange_body> open_body(record& from, std::int64_t exchange, body_side side, bool decode);

}  // namespace tapes::api
