#include <tapes/merkle/digest.hpp>
#include <tapes/text/hex.hpp>

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

}  // namespace

std::string to_hex(const digest& value) {
    return text::to_hex(value);
}

std::optional<digest> from_hex(std::string_view text) noexcept {
    digest value;
    return text::read_hex(text, value) ? std::optional{value} : std::nullopt;
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
