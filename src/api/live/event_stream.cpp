#include "live/event_stream.hpp"

#include <utility>

namespace tapes::api {

std::unique_ptr<event_stream> event_stream::open(live::hub& events, const live::event_filter& filter,
                                                 std::string last_id) {
    std::unique_ptr<event_stream> made{new event_stream};
    made->from_ = events.open(filter, std::move(last_id), [to = made->waking_] { to->call(); });
    return made->from_ ? std::move(made) : nullptr;
}

event_stream::~event_stream() {
    from_.reset();
    waking_->set({});
}

void event_stream::start(std::function<void()> wake) {
    waking_->set(std::move(wake));
}

stream::state event_stream::pull(std::string& out, std::size_t room) {
    if (!std::exchange(begun_, true)) {
        out.append("retry: 1000\n\n");  // milliseconds after which a browser connects again
    }
    const auto taken = from_->take(room);
    for (const auto& one : taken) {
        append_event(out, one);
    }
    if (finishing_ || from_->ended()) {
        out.append(": the process is about to end; go on with Last-Event-ID\n\n");
        return state::ended;
    }
    return taken.empty() ? state::idle : state::more;
}

void append_event(std::string& out, const live::message& from) {
    out.append("event: ").append(live::to_string(from.kind)).push_back('\n');
    if (!from.id.empty()) {
        out.append("id: ").append(from.id).push_back('\n');
    }
    out.append("data: ").append(from.json).append("\n\n");
}

}  // namespace tapes::api
