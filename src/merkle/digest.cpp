#include <tapes/merkle/digest.hpp>

#include <openssl/evp.h>

#include <memory>
#include <new>

namespace tapes::merkle {
namespace {

struct free_md {
    void operator()(EVP_MD* md) const noexcept { EVP_MD_free(md); }
};
struct free_context {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// Fetching looks the algorithm up under a lock; once is enough.
const EVP_MD* algorithm() {
    static const std::unique_ptr<EVP_MD, free_md> md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return md.get();
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

}  // namespace

std::string to_hex(const digest& value) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex(value.size() * 2, '\0');
    std::size_t at = 0;
    for (const std::uint8_t byte : value) {
        hex[at++] = digits[byte >> 4];
        hex[at++] = digits[byte & 15];
    }
    return hex;
}

std::optional<digest> from_hex(std::string_view text) noexcept {
    digest value;
    if (text.size() != value.size() * 2) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        value[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return value;
}

digest sha256(std::string_view bytes) {
    thread_local const std::unique_ptr<EVP_MD_CTX, free_context> context(EVP_MD_CTX_new());
    digest value;
    unsigned length = 0;
    // None of these fails for SHA-256 but for want of memory.
    if (!context || EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), value.data(), &length) != 1) {
        throw std::bad_alloc();
    }
    return value;
}

}  // namespace tapes::merkle
