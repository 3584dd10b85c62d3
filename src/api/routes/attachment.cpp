#include "routes/attachment.hpp"

#include "routes/query.hpp"

#include <tapes/text/ascii.hpp>

#include <array>
#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

struct raster_form {
    std::string_view type;
    std::string_view begins;
    std::string_view goes_on;  ///< from byte 8 on
};

/// SVG is none of them: it is a document with scripts.
constexpr std::array raster_forms{
    raster_form{"image/png", "\x89PNG\r\n\x1a\n", ""},
    raster_form{"image/jpeg", "\xff\xd8\xff", ""},
    raster_form{"image/gif", "GIF8", ""},
    raster_form{"image/webp", "RIFF", "WEBP"},
};

constexpr std::size_t largest_place = 1'000'000;

void set_safe(response& answer) {
    answer.fields.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'");
    answer.fields.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

}  // namespace

response attachment(std::string bytes, std::string_view name) {
    response made{200, std::move(bytes), "application/octet-stream"};
    // Names are made of digits, letters and hyphens: they need no escapes.
    made.fields.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string{name} + "\"");
    set_safe(made);
    return made;
}

response image_or_attachment(std::string bytes, std::string_view name, std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find_first_of("; \t"));
    for (const auto& form : raster_forms) {
        const std::string_view all{bytes};
        if (text::equal_ignoring_case(type, form.type) && all.starts_with(form.begins) &&
            (form.goes_on.empty() || (all.size() > 8 && all.substr(8).starts_with(form.goes_on)))) {
            response made{200, std::move(bytes), std::string{form.type}};
            made.fields.emplace_back("Content-Disposition", "inline");
            set_safe(made);
            return made;
        }
    }
    return attachment(std::move(bytes), name);
}

response image_or_attachment(std::string first, std::shared_ptr<long_body> rest, std::string_view name,
                             std::string_view content_type) {
    auto made = image_or_attachment(std::move(first), name, content_type);
    made.rest = std::move(rest);
    return made;
}

std::size_t number_in_path(std::string_view text) {
    const auto number = parse_number<std::size_t>(text);
    if (!number || *number > largest_place) {
        throw std::invalid_argument{"there must be a number in the path, not \"" +
                                    std::string{text.substr(0, 64)} + "\""};
    }
    return *number;
}

}  // namespace tapes::api
