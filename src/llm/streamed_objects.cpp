#include "streamed_objects.hpp"

#include "sse.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::llm {
namespace {

// Returns true for the lines of an event stream that are no data (WHATWG HTML §9.2.6).
bool is_event_field(std::string_view line) noexcept {
    constexpr std::array<std::string_view, 4> names{":", "event:", "id:", "retry:"};
    return std::any_of(names.begin(), names.end(),
                       [line](std::string_view name) { return line.starts_with(name); });
}

}  // namespace

void streamed_objects::feed(std::string_view bytes) {
    lines_.feed(bytes, [this](std::string_view line, std::size_t) { take_line(line); });
}

void streamed_objects::finish() {
    take_line(lines_.take_rest());
    give_up();
}

void streamed_objects::take_line(std::string_view line) {
    if (const auto data = sse_data(line)) {
        line = *data;
    } else if (!scan_.inside() && is_event_field(line)) {
        return;
    }
    scan(line);
    if (scan_.inside()) {
        if (scan_.take('\n') == json_scan::state::broken) {
            give_up();
        } else {
            open_.push_back('\n');
        }
    }
}

void streamed_objects::scan(std::string_view line) {
    std::size_t begin = 0;  // of what is not yet taken
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (!scan_.inside() && line[at] != '{') {
            continue;
        }
        begin = scan_.inside() ? begin : at;
        json_scan::state state = scan_.take(line[at]);
        if (state == json_scan::state::broken) {
            open_.append(line.substr(begin, at - begin));
            give_up();
            begin = at;
            state = line[at] == '{' ? scan_.take(line[at]) : json_scan::state::outside;
        }
        if (state == json_scan::state::closed) {
            open_.append(line.substr(begin, at + 1 - begin));
            take_(open_);
            open_.clear();
            begin = at + 1;
        }
    }
    if (scan_.inside()) {
        open_.append(line.substr(begin));
    }
}

// What was taken for one object is none: then each of its lines is read for itself.
void streamed_objects::give_up() {
    const std::string lines = std::exchange(open_, {});
    scan_ = json_scan();
    for (std::string_view rest = lines; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        take_alone(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

void streamed_objects::take_alone(std::string_view line) const {
    json_scan scan;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (!scan.inside() && line[at] != '{') {
            continue;
        }
        begin = scan.inside() ? begin : at;
        if (scan.take(line[at]) == json_scan::state::closed) {
            take_(line.substr(begin, at + 1 - begin));
            begin = line.size();
        }
    }
    if (scan.inside()) {
        take_(line.substr(begin));
    }
}

}  // namespace tapes::llm
