// Secrets in text and in JSON: where they are, and what is left when they are taken out.
#include "fuzz.hpp"

#include <tapes/export/secret_filter.hpp>
#include <tapes/export/secrets.hpp>
#include <tapes/merkle/canonical.hpp>

#include <string>

namespace {

using namespace tapes;

void check_text(std::string_view text) {
    std::size_t end = 0;
    for (const auto& one : exports::find_secrets(text)) {
        fuzz::require(one.first >= end && one.size != 0, "secrets are apart, in order");
        end = one.first + one.size;
        fuzz::require(end <= text.size(), "a secret lies within its text");
    }
    exports::secret_filter filter;
    const auto made = filter.text(text, "x");
    fuzz::require((made == text) == (filter.report().count() == 0), "what is taken out is counted");
}

/// What is JSON stays JSON.
void check_json(std::string_view json) {
    std::string canonical;
    if (merkle::canonicalize(json, canonical) == merkle::canonical_error::none) {
        exports::secret_filter filter;
        canonical.clear();
        fuzz::require(
            merkle::canonicalize(filter.json(json, "x"), canonical) == merkle::canonical_error::none,
            "what is JSON stays JSON");
    }
}

/// Texts that stand one behind the other are looked at as one, and each for itself.
void check_texts(std::string_view text) {
    const std::string_view both[] = {text.substr(0, text.size() / 2), text.substr(text.size() / 2)};
    const auto apart = exports::find_secrets(both);
    auto covering = apart.begin();
    for (const auto& one : exports::find_secrets(text)) {
        const auto end = one.first + one.size;
        while (covering != apart.end() && covering->first + covering->size < end) {
            ++covering;
        }
        fuzz::require(covering != apart.end() && covering->first <= one.first, "a cut hides nothing");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    check_text(text);
    check_json(text);
    check_texts(text);
    return 0;
}
