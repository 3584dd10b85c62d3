#include "shelf.hpp"

#include "answers.hpp"

#include <utility>

namespace tapes::mock {

namespace {

answer json_answer(std::string body) {
    answer made;
    made.body = std::move(body);
    return made;
}

answer refusal(int status, std::string_view message) {
    auto made = json_answer(error_body(status, message));
    made.status = status;
    return made;
}

/// Returns the events behind the one of that number; they are numbered from 0 on.
answer events_behind(const kept_answer& from, std::optional<std::int64_t> last) {
    answer made;
    made.stream = true;
    made.type = answer::event_stream;
    const auto first = last && *last >= 0 ? static_cast<std::size_t>(*last) + 1 : 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < from.ends.size(); ++i) {
        if (i >= first) {
            made.body.append(from.events, begin, from.ends[i] - begin);
            made.ends.push_back(made.body.size());
        }
        begin = from.ends[i];
    }
    return made;
}

}  // namespace

void answer_shelf::keep(kept_answer made, clock::time_point due) {
    const sync::lock_guard guard{mutex_};
    order_.push_back(made.id);
    auto id = made.id;
    places_.insert_or_assign(std::move(id), place{std::move(made), due});
    if (order_.size() > most) {
        places_.erase(order_.front());
        order_.pop_front();
    }
}

answer answer_shelf::serve(const llm::later_request& asked, std::string_view target, clock::time_point now) {
    const sync::lock_guard guard{mutex_};
    const auto found = places_.find(asked.id);
    if (found == places_.end()) {
        return refusal(404, "Response with id '" + asked.id + "' not found.");
    }
    switch (asked.wanted) {
        case llm::later_request::purpose::cancel:
            return cancel(found->second, now);
        case llm::later_request::purpose::deletion: {
            places_.erase(found);
            return json_answer(R"({"id":")" + asked.id + R"(","object":"response","deleted":true})");
        }
        default:
            return fetch(found->second, asked, target.find("stream=true") != std::string_view::npos, now);
    }
}

answer answer_shelf::fetch(const place& from, const llm::later_request& asked, bool streamed,
                           clock::time_point now) {
    const auto& kept = from.kept;
    if (streamed) {
        return kept.ends.empty() ? refusal(400, "This response cannot be streamed.")
                                 : events_behind(kept, asked.starting_after);
    }
    if (from.cancelled) {
        return json_answer(kept.cancelled);
    }
    auto made = json_answer(now >= from.due ? kept.whole : kept.begun);
    made.status = made.body.empty() ? 202 : 200;  // a deferred completion
    return made;
}

answer answer_shelf::cancel(place& from, clock::time_point now) const {
    if (!from.kept.background) {
        return refusal(400, "Cannot cancel a synchronous response.");
    }
    from.cancelled = from.cancelled || now < from.due;
    return json_answer(from.cancelled ? from.kept.cancelled : from.kept.whole);
}

}  // namespace tapes::mock
