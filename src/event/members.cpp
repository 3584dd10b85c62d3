#include <tapes/event/members.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/text/rfc3339.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tapes::event {
void append_int(std::string& out, std::int64_t value) {
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    merkle::append_json_string(out, value);
}

void append_filled(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        append_member(out, name, value);
    }
}

void append_time(std::string& out, std::string_view name, std::int64_t us) {
    out += ",\"";
    out += name;
    out += "\":\"";
    text::append_rfc3339(out, us);
    out += '"';
}

void append_usage(std::string& out, const merkle::usage& figures) {
    const auto start = out.size();
    for (const auto& [name, figure] : merkle::usage_figures) {
        if (const auto& value = figures.*figure) {
            out += out.size() == start ? ",\"usage\":{\"" : ",\"";
            out += name;
            out += "\":";
            append_int(out, *value);
        }
    }
    if (out.size() != start) {
        out += '}';
    }
}

}  // namespace tapes::event
