#pragma once

#include <tapes/api/route.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::api {

/// Answers with bytes of the record, which somebody else has chosen: as a file to keep, which no browser runs
/// or guesses about.
response attachment(std::string bytes, std::string_view name);

/// Answers with bytes that a browser may show where they are a raster image, by `content_type` and by their
/// own beginning; else as an attachment.
response image_or_attachment(std::string bytes, std::string_view name, std::string_view content_type);

/// Answers with the same, of a body of which only the first bytes were read.
response image_or_attachment(std::string first, std::shared_ptr<long_body> rest, std::string_view name,
                             std::string_view content_type);

/// Reads a number that stands in a path. Throws std::invalid_argument for other text.
std::size_t number_in_path(std::string_view text);

}  // namespace tapes::api
