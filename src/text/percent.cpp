#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/percent.hpp>

namespace tapes::text {

std::string percent_decoded(std::string_view text, plus_sign plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size()) {
            const int high = hex_value(text[at + 1]);
            const int low = hex_value(text[at + 2]);
            if ((high | low) >= 0) {
                out += static_cast<char>(high * 16 + low);
                at += 2;
                continue;
            }
        }
        out += plus == plus_sign::space && text[at] == '+' ? ' ' : text[at];
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            ((out += '%') += digits[byte >> 4U]) += digits[byte & 15U];
        }
    }
    return out;
}

}  // namespace tapes::text
