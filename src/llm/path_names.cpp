#include "path_names.hpp"

#include <tapes/text/percent.hpp>
#include <tapes/text/utf8.hpp>

namespace tapes::llm {

std::string_view segment_between(std::string_view path, std::string_view before,
                                 std::string_view after) noexcept {
    const auto found = path.rfind(before);
    if (found == std::string_view::npos) {
        return {};
    }
    const auto rest = path.substr(found + before.size());
    const auto segment = rest.substr(0, rest.find('/'));
    return after.empty() || rest.substr(segment.size()) == after ? segment : std::string_view{};
}

std::string name_in_path(std::string_view part) {
    std::string name;
    text::append_utf8(name, text::percent_decoded(part));
    std::erase(name, '\0');
    return name;
}

}  // namespace tapes::llm
