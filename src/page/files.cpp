#include "built_files.hpp"

#include <tapes/page/files.hpp>

#include <algorithm>
#include <array>

namespace tapes::page {

namespace {

constexpr std::string_view index_path = "/index.html";

#ifndef TAPES_UI
constexpr std::string_view no_page =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>tapes</title>\n"
    "<h1>tapes</h1>\n"
    "<p>This build of tapes has no page: it was configured with <code>-DTAPES_UI=OFF</code>.</p>\n"
    "<p>The commands <code>tapes log</code>, <code>tapes show</code> and <code>tapes search</code> read the "
    "record in a terminal, and the read API is described at <code>/openapi.json</code>.</p>\n"
    "</html>\n";

constexpr std::array only_index{
    file{index_path, "text/html; charset=utf-8", no_page, false, no_page.size(), "without-page", false}};
#endif

}  // namespace

std::span<const file> files() noexcept {
#ifdef TAPES_UI
    return built_files();
#else
    return only_index;
#endif
}

const file* find_file(std::string_view path) noexcept {
    const auto all = files();
    const auto found = std::ranges::lower_bound(all, path, {}, &file::path);
    return found != all.end() && found->path == path ? &*found : nullptr;
}

const file& index_file() noexcept {
    return *find_file(index_path);
}

bool is_built() noexcept {
#ifdef TAPES_UI
    return true;
#else
    return false;
#endif
}

}  // namespace tapes::page
