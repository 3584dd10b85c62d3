#include <tapes/capture/exchange.hpp>

#include <random>

namespace tapes::capture {

namespace {

std::uint64_t random_bits() {
    thread_local std::mt19937_64 source{[] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device()};
        return std::mt19937_64{seed};
    }()};
    return source();
}

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

uuid make_uuid(timestamp now) {
    // RFC 9562 §6.2 method 3: the 12 bits after the milliseconds are their fraction, raised where it would
    // repeat.
    thread_local std::uint64_t last = 0;
    const auto us = static_cast<std::uint64_t>(now.time_since_epoch().count());
    auto stamp = ((us / 1000) << 12) | ((us % 1000) * 4096 / 1000);
    if (stamp <= last) {
        stamp = last + 1;
    }
    last = stamp;

    const auto ms = stamp >> 12;
    const auto tail = random_bits();
    uuid id{};
    for (std::size_t i = 0; i < 6; ++i) {
        id[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    }
    id[6] = static_cast<std::uint8_t>(0x70U | ((stamp >> 8) & 0x0fU));
    id[7] = static_cast<std::uint8_t>(stamp);
    for (std::size_t i = 0; i < 8; ++i) {
        id[8 + i] = static_cast<std::uint8_t>(tail >> (8 * i));
    }
    id[8] = static_cast<std::uint8_t>((id[8] & 0x3fU) | 0x80U);
    return id;
}

std::string to_string(const uuid& id) {
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += '-';
        }
        text += digits[id[i] >> 4U];
        text += digits[id[i] & 0x0fU];
    }
    return text;
}

std::optional<uuid> uuid_from_string(std::string_view text) noexcept {
    if (text.size() != 36) {
        return std::nullopt;
    }
    uuid id{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') {
                return std::nullopt;
            }
        }
        unsigned value = 0;
        for (int half = 0; half < 2; ++half) {
            const auto c = text[at++] | 0x20;
            const auto digit = digits.find(static_cast<char>(c));
            if (digit == std::string_view::npos) {
                return std::nullopt;
            }
            value = value * 16 + static_cast<unsigned>(digit);
        }
        id[i] = static_cast<std::uint8_t>(value);
    }
    return id;
}

}  // namespace tapes::capture
