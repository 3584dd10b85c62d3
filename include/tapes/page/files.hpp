#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// The page by which people read the record in a browser: its files, as they were built from web/.
namespace tapes::page {

/// A file of the page. All views are into the program itself.
struct file {
    std::string_view path;  ///< as it is asked for: "/index.html", "/assets/main.5RKQ2C4T.js"
    std::string_view content_type;
    std::string_view bytes;
    bool gzip = false;           ///< `bytes` are compressed (RFC 1952)
    std::size_t whole_size = 0;  ///< when they are not
    std::string_view tag;        ///< of what it says, in hexadecimal
    bool immutable = false;      ///< its name changes with what it says
};

/// Returns all files, by their paths. There always is "/index.html": a build without the page (TAPES_UI=OFF)
/// says in it that it has none. Thread-safe.
std::span<const file> files() noexcept;

/// Returns nullptr where there is no such file.
const file* find_file(std::string_view path) noexcept;

/// Returns the document of every view. It shows what the address names.
const file& index_file() noexcept;

/// Returns false in a build without the page.
bool is_built() noexcept;

}  // namespace tapes::page
