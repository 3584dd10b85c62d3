#include "turn_maker.hpp"

#include "early_work.hpp"
#include "name_limit.hpp"
#include "request_work.hpp"
#include "speaker.hpp"
#include "turn_work.hpp"
#include "utf8.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// What an entry and its exchange take in memory beside their texts.
constexpr std::uint64_t entry_overhead_bytes = 4096;
/// So much is kept of the path of who may not use the relay, and may send as many requests as it likes.
constexpr std::size_t most_refused_bytes = 256;

std::uint64_t text_bytes(const store::entry& made) {
    const auto& exchange = *made.exchange;
    auto sum = exchange.path.size() + exchange.target.size() + exchange.agent_name.size() +
               exchange.session.size() + made.target.size() + made.session.size() + made.conversation.size() +
               made.wire.request_head.size() + made.wire.response_head.size() +
               made.wire.request.bytes.size() + made.wire.response.bytes.size();
    for (const auto& chain : made.wire.pieces) {
        for (const auto& one : chain.added) {
            sum += one.bytes.bytes.size() + sizeof one;
        }
    }
    if (made.fuller) {
        sum += entry_overhead_bytes + text_bytes(*made.fuller);
    }
    for (const auto& one : made.nodes) {
        const bool copied =
            one.choice >= 0 && one.node.position.match != one.node.position.hash;  // see answers_under_way
        sum += one.node.content.size() * (copied ? 2 : 1) + sizeof one;
    }
    return sum;
}

/// Gives back what was captured, unless all of it is mapped once more, with what comes yet.
void release(capture::exchange& exchange) {
    if (!exchange.rest || exchange.part == capture::exchange_part::question) {
        exchange.request_body.release();
        exchange.response_body.release();
        (void)std::exchange(exchange.request_head, std::string{});  // they are not charged
        (void)std::exchange(exchange.response_head, std::string{});
    }
}

bool is_complete(const capture::exchange& exchange) noexcept {
    return exchange.request_body.complete() && exchange.response_body.complete();
}

/// Waits for memory that others may give back. Returns false where none will come.
bool room_comes(const earlier_turns* earlier) {
    return earlier != nullptr && earlier->await_room && earlier->await_room();
}

}  // namespace

turn_maker::turn_maker(const settings& options, const std::string& redaction_key)
    : redactor_{redaction_key, options.redaction}, wire_{options.wire} {
    for (const auto& pattern : options.volatile_system) {
        volatile_.push_back(std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet));
        if (!volatile_.back()->ok()) {
            throw std::invalid_argument("record.volatile \"" + pattern + "\": " + volatile_.back()->error());
        }
    }
}

void turn_maker::prepare(early_work& work, earlier_turns* earlier) const noexcept {
    std::unique_ptr<request_work> made;
    try {
        const auto& exchange = work.exchange();
        made = std::make_unique<request_work>(exchange, work.body(), volatile_, true);
        if (!made->prepare(redactor_, redactor_.credentials_of(exchange.request_head, exchange.target), wire_,
                           earlier)) {
            made.reset();
        }
    } catch (...) {
        made.reset();  // what fails fails again, and is told of, at the end
    }
    work.end(std::move(made));
}

std::unique_ptr<request_work> turn_maker::take_early(
    capture::exchange& ended, const std::vector<std::string>& answer_credentials) const {
    auto* const work = early_work::find(ended);
    if (work == nullptr) {
        return nullptr;
    }
    auto made = work->take();
    ended.prepared.reset();
    if (made && !made->fits(redactor_, {answer_credentials})) {
        made.reset();
    }
    return made;
}

std::unique_ptr<store::entry> turn_maker::make(std::unique_ptr<capture::exchange> ended,
                                               earlier_turns* earlier) const {
    return make(std::move(ended), earlier, nullptr);
}

std::unique_ptr<store::entry> turn_maker::make_again(std::unique_ptr<capture::exchange> ended,
                                                     const stored_context& context) const {
    return make(std::move(ended), nullptr, &context);
}

std::unique_ptr<store::entry> turn_maker::make(std::unique_ptr<capture::exchange> ended,
                                               earlier_turns* earlier, const stored_context* context) const {
    auto values = credentials_of_request(*ended);
    auto of_answer = redactor_.credentials_of(ended->response_head);
    std::erase_if(of_answer, [&](const auto& one) { return std::ranges::find(values, one) != values.end(); });
    std::unique_ptr<request_work> early;
    bool stopped = false;
    try {
        early = take_early(*ended, of_answer);
    } catch (const text::work_stopped&) {
        stopped = true;
    } catch (const memory_refused&) {  // done at the end, then
    }
    std::ranges::move(of_answer, std::back_inserter(values));
    const http::credential_set credentials{std::move(values)};
    auto entry = std::make_unique<store::entry>();
    auto& exchange = *ended;
    entry->exchange = std::move(ended);
    exchange.target = redactor_.redact_target(exchange.target);
    entry->sender = speaker_of(exchange.request_head);
    redact_names(redactor_, credentials, *entry);
    if (exchange.unauthorized) {
        // Behind the redaction: a token that is cut is not found any more.
        for (auto* const text : {&exchange.path, &exchange.target}) {
            text->resize(std::min(text->size(), most_refused_bytes));
        }
    }
    for (auto* const text : {&exchange.path, &exchange.target, &exchange.agent_name, &exchange.session}) {
        make_utf8(*text);
    }
    if (is_too_long(exchange.session)) {
        exchange.session.clear();
    }
    entry->target = exchange.target;
    entry->session = exchange.session;
    if (exchange.rest) {
        exchange.credentials = credentials.values();
    }
    const bool affordable = exchange.hold(entry_overhead_bytes) && is_complete(exchange);
    if (!affordable) {
        strip(entry, drop_reason::over_budget);
    } else if (stopped || !map_metered(entry, credentials, earlier, context, std::move(early))) {
        strip(entry, drop_reason::work_limit);
        exchange.credentials = credentials.values();
        return entry;
    }
    release(exchange);
    if (affordable) {
        const auto bytes = text_bytes(*entry);
        bool held = exchange.hold(bytes);
        while (!held && bytes <= exchange.limits().memory_limit() && room_comes(earlier)) {
            held = exchange.hold(bytes);
        }
        if (!held) {
            strip(entry, drop_reason::over_budget);
        }
    }
    return entry;
}

/// Returns false where the meter of the thread has ended the work.
bool turn_maker::map_metered(std::unique_ptr<store::entry>& entry, const http::credential_set& credentials,
                             earlier_turns* earlier, const stored_context* context,
                             std::unique_ptr<request_work> early) const {
    try {
        map_within_budget(entry, credentials, earlier, context, std::move(early));
        return true;
    } catch (const text::work_stopped&) {
        return false;
    }
}

void turn_maker::keep_bytes(store::entry& given_up) const {
    auto& exchange = *given_up.exchange;
    const auto leave_out = [&] {
        given_up.keep_wire = false;
        given_up.wire = {};
    };
    try {
        make_wire(given_up);
    } catch (const text::work_stopped&) {
        leave_out();
    } catch (const memory_refused&) {
        leave_out();
    }
    release(exchange);
    if (!exchange.hold(text_bytes(given_up))) {
        leave_out();
    }
}

void turn_maker::make_wire(store::entry& entry) const {
    const http::credential_set credentials{entry.exchange->credentials};
    turn_work work{redactor_, volatile_, entry, credentials, nullptr, nullptr, nullptr};
    if (!work.is_refused() && is_complete(*entry.exchange)) {
        work.redact();
        work.keep_wire(wire_);
    }
}

/// Returns what the head of the request holds, and what was redacted in names when it was made before.
std::vector<std::string> turn_maker::credentials_of_request(const capture::exchange& from) const {
    auto credentials = redactor_.credentials_of(from.request_head, from.target);
    for (const auto& one : from.credentials) {
        if (std::ranges::find(credentials, one) == credentials.end()) {
            credentials.push_back(one);
        }
    }
    return credentials;
}

/// Maps again until the budget allows it, or never will. What was captured in a file, or compressed, takes
/// memory now; the writer may hold some that it will give back.
void turn_maker::map_within_budget(std::unique_ptr<store::entry>& entry,
                                   const http::credential_set& credentials, earlier_turns* earlier,
                                   const stored_context* context, std::unique_ptr<request_work> early) const {
    for (auto result = map(*entry, credentials, earlier, context, std::move(early)); result != attempt::done;
         result = map(*entry, credentials, earlier, context, nullptr)) {
        strip(entry, drop_reason::over_budget);
        if (result == attempt::refused && earlier != nullptr && earlier->is_put_back &&
            earlier->is_put_back()) {
            throw text::work_stopped{};
        }
        if (result == attempt::hopeless || !room_comes(earlier)) {
            return;
        }
        entry->dropped = drop_reason::none;
    }
}

turn_maker::attempt turn_maker::map(store::entry& entry, const http::credential_set& credentials,
                                    earlier_turns* earlier, const stored_context* context,
                                    std::unique_ptr<request_work> early) const {
    const auto policy = context == nullptr ? wire_ : wire_policy::none;
    turn_work work{redactor_, volatile_, entry, credentials, earlier, context, std::move(early)};
    const bool begun = !work.is_refused() && work.afford();
    if (!is_complete(*entry.exchange)) {  // a body could not be read back
        return attempt::hopeless;
    }
    try {
        if (begun && do_work(work, policy, entry)) {
            return attempt::done;
        }
    } catch (const memory_refused&) {
    }
    return work.is_hopeless() ? attempt::hopeless : attempt::refused;
}

/// Returns false where the budget refuses what it takes.
bool turn_maker::do_work(turn_work& work, wire_policy policy, store::entry& entry) {
    work.redact();
    work.cut(policy);
    entry.dropped = work.map();
    entry.reading = work.reading();
    if (entry.dropped == drop_reason::over_budget) {
        return false;
    }
    work.keep_wire(policy);
    return true;
}

/// Leaves the bare row of an exchange.
void turn_maker::strip(std::unique_ptr<store::entry>& entry, drop_reason reason) const {
    auto bare = std::make_unique<store::entry>();
    bare->exchange = std::move(entry->exchange);
    const auto& exchange = *bare->exchange;
    bare->dropped = reason;
    bare->session = exchange.session;
    bare->sender = std::move(entry->sender);
    bare->model = std::move(entry->model);
    bare->streamed = entry->streamed;
    bare->target = exchange.target;
    if (const auto* const api = llm::find_api(exchange.api_method(), exchange.path); api != nullptr) {
        bare->api = api->name;
    }
    entry = std::move(bare);
}

}  // namespace tapes::record
