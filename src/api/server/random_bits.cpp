#include "server/random_bits.hpp"

#include <tapes/text/hex.hpp>

#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace tapes::api {

std::string random_bits() {
    std::array<std::uint8_t, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error{"there are no random bytes"};
    }
    return text::to_hex(bytes);
}

}  // namespace tapes::api
