#include <tapes/page/views.hpp>

#include <array>

namespace tapes::page {

namespace {

constexpr std::array<std::string_view, 7> names{
    "compare", "delivery", "n", "s", "search", "usage", "x",
};

}  // namespace

std::span<const std::string_view> view_names() noexcept {
    return names;
}

}  // namespace tapes::page
