#include <tapes/http/fields.hpp>
#include <tapes/text/list.hpp>

#include <algorithm>

namespace tapes::http {

namespace {

/// Returns the value of the first field of that name behind the LF at `at`, which may be npos. Sets `at` to
/// the LF before the field's line, or to npos where there is none.
std::string_view next_value(std::string_view head, std::string_view name, std::size_t& at) noexcept {
    for (; at != std::string_view::npos; at = head.find('\n', at + 1)) {
        const auto line = head.substr(at + 1);
        if (line.size() > name.size() && line[name.size()] == ':' && text::starts_ignoring_case(line, name)) {
            const auto value = line.substr(name.size() + 1);
            return text::trimmed(value.substr(0, value.find('\n')), " \t\r");
        }
    }
    return {};
}

}  // namespace

const field* find_field(const std::vector<field>& fields, std::string_view name) noexcept {
    const auto found =
        std::ranges::find_if(fields, [&](const field& one) { return equal_names(one.name, name); });
    return found == fields.end() ? nullptr : &*found;
}

std::string joined_values(const std::vector<field>& fields, std::string_view name) {
    std::string out;
    for (const auto& one : fields) {
        if (equal_names(one.name, name)) {
            out.append(out.empty() ? "" : ", ").append(one.value);
        }
    }
    return out;
}

std::string_view find_value(std::string_view head, std::string_view name) noexcept {
    auto at = head.find('\n');
    return next_value(head, name, at);
}

std::string joined_values(std::string_view head, std::string_view name) {
    std::string out;
    for (auto at = head.find('\n'); at != std::string_view::npos;) {
        const auto value = next_value(head, name, at);
        if (at != std::string_view::npos) {
            out.append(out.empty() ? "" : ", ").append(value);
            at = head.find('\n', at + 1);
        }
    }
    return out;
}

bool has_token(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        if (equal_names(text::take_element(list), token)) {
            return true;
        }
    }
    return false;
}

}  // namespace tapes::http
