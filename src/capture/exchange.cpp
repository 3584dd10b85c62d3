#include <tapes/capture/exchange.hpp>
#include <tapes/text/hex.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <new>
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

/// Where the dashes of a UUID stand (RFC 9562 §4).
constexpr std::array<std::size_t, 4> dashes{8, 13, 18, 23};

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
    auto digits = text::to_hex(id);
    for (const std::size_t place : dashes) {
        digits.insert(place, 1, '-');
    }
    return digits;
}

std::optional<uuid> uuid_from_string(std::string_view text) noexcept {
    uuid id{};
    std::array<char, 2 * std::tuple_size_v<uuid>> digits{};
    if (text.size() != digits.size() + dashes.size()) {
        return std::nullopt;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (std::ranges::find(dashes, i) == dashes.end()) {
            digits[at++] = text[i];
        } else if (text[i] != '-') {
            return std::nullopt;
        }
    }
    return text::read_hex({digits.data(), digits.size()}, id) ? std::optional{id} : std::nullopt;
}

void exchange::tell_waiter() noexcept {
    if (waiter == nullptr) {
        return;
    }
    // Memory is short for a moment at most: what was given up has just returned some.
    constexpr int most_tries = 100;
    constexpr timespec pause{0, 1'000'000};
    for (int tries = 0; tries < most_tries; ++tries) {
        try {
            waiter->home().deliver({waiter});
            break;
        } catch (const std::bad_alloc&) {
            ::nanosleep(&pause, nullptr);
        }
    }
    waiter.reset();
}

}  // namespace tapes::capture
