// The canonical form of JSON (RFC 8785), against another parser and against itself.
#include "fuzz.hpp"

#include <tapes/merkle/canonical.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace {

using namespace tapes;
using fuzz::require;
using merkle::canonical_error;
using nlohmann::json;

void append_escaped(std::string& out, std::string_view text, fuzz::dice& dice) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && (byte < 0x20 || c == '"' || c == '\\' || dice.roll(3) == 0)) {
            const std::size_t low = byte & 15U;
            out.append("\\u00").append(1, digits[byte >> 4U]);
            out.push_back(digits[low >= 10 && dice.roll(2) == 0 ? low + 6 : low]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_space(std::string& out, fuzz::dice& dice) {
    for (std::size_t n = dice.roll(3); n > 0; --n) {
        out.push_back(" \n\r\t"[dice.roll(4)]);
    }
}

/// The same value with other escapes, spaces and the keys from behind.
void disguise(const json& value, std::string& out, fuzz::dice& dice) {
    append_space(out, dice);
    bool first = true;
    if (value.is_object()) {
        out.push_back('{');
        for (auto member = value.rbegin(); member != value.rend(); ++member) {
            out.append(first ? "" : ",");
            first = false;
            append_space(out, dice);
            append_escaped(out, member.key(), dice);
            append_space(out, dice);
            out.push_back(':');
            disguise(member.value(), out, dice);
        }
        out.push_back('}');
    } else if (value.is_array()) {
        out.push_back('[');
        for (const auto& element : value) {
            out.append(first ? "" : ",");
            first = false;
            disguise(element, out, dice);
        }
        out.push_back(']');
    } else if (value.is_string()) {
        append_escaped(out, value.get_ref<const std::string&>(), dice);
    } else {
        out.append(value.dump());
    }
    append_space(out, dice);
}

void check_form(std::string_view form) {
    std::string again;
    require(merkle::canonicalize(form, again) == canonical_error::none && again == form,
            "a canonical form is its own canonical form");
    const auto value = json::parse(form, nullptr, false);
    require(!value.is_discarded(), "a canonical form is JSON");
    std::string other;
    fuzz::dice dice{form};
    disguise(value, other, dice);
    again.clear();
    require(merkle::canonicalize(other, again) == canonical_error::none && again == form,
            "order of keys, escapes and space do not matter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    std::string form = "before";
    bool exact = false;
    const auto failed = merkle::canonicalize(bytes, form, &exact);
    require(form.starts_with("before"), "what stood before stays");
    form.erase(0, 6);
    require(failed == canonical_error::none || form.empty(), "nothing is appended on failure");
    if (failed == canonical_error::none) {
        check_form(form);
    }
    std::string repaired;
    merkle::append_utf8(repaired, bytes);
    // The other parser skips a byte order mark and ends at a NUL.
    if (repaired == bytes && failed != canonical_error::too_deep &&
        failed != canonical_error::number_out_of_range && !bytes.starts_with("\xEF\xBB\xBF") &&
        bytes.find('\0') == std::string_view::npos) {
        const auto value = json::parse(bytes, nullptr, false);
        // The other parser refuses lone surrogates.
        const bool surrogates =
            bytes.find("\\ud") != std::string_view::npos || bytes.find("\\uD") != std::string_view::npos;
        require(value.is_discarded() == (failed != canonical_error::none) || surrogates,
                "what is JSON is agreed on");
        if (!value.is_discarded()) {
            std::string other;
            fuzz::dice dice{bytes};
            disguise(value, other, dice);
            std::string again;
            require(merkle::canonicalize(other, again) == canonical_error::none && again == form,
                    "another parser reads the same value");
        }
    }
    return 0;
}
