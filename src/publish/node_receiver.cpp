#include "node_receiver.hpp"

#include <tapes/event/event.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::publish {
namespace {

/// More events than these do not wait for their content at a time; beyond, counting starts again.
constexpr std::size_t most_asked = 10'000;

std::string wrong_type(const bus::message& from) {
    const auto type = from.header_value("event_type");
    if (!type.empty() && type != event::node_event_type) {
        return "its event_type is \"" + std::string{type.substr(0, 100)} + "\", not " +
               std::string{event::node_event_type};
    }
    return from.value.empty() ? "it is empty" : "";
}

/// Names a message among all.
std::tuple<std::string, int, std::int64_t> place_of(const bus::message& message) {
    return {std::string{message.topic}, message.partition, message.offset};
}

}  // namespace

/// A batch on its way: what could be read of it, up to the first that has to wait.
struct node_receiver::reading {
    std::vector<store::received_item> items;
    std::vector<std::size_t> indexes;  ///< of `items` in the batch
    bus::outcome out;
    bool waits = false;  ///< the message at `out.handled` does
};

/// What became of looking for the content of an event.
struct node_receiver::resolution {
    std::string refusal;   ///< "": it has its content now
    bool missing = false;  ///< another time it may be found
};

bus::outcome node_receiver::take(std::span<const bus::message> batch) {
    reading now;
    now.items.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size() && !now.waits; ++i) {
        read(batch[i], i, now);
        now.out.handled = now.waits ? i : i + 1;
    }
    if (auto why = store(now); !why.empty()) {
        now.out.reason = std::move(why);
    }
    received_ += now.out.handled;
    std::erase_if(now.out.rejected,
                  [&](const auto& rejection) { return rejection.index >= now.out.handled; });
    std::ranges::sort(now.out.rejected, {}, &bus::rejection::index);
    return std::move(now.out);
}

void node_receiver::read(const bus::message& from, std::size_t index, reading& into) {
    if (auto wrong = wrong_type(from); !wrong.empty()) {
        into.out.rejected.push_back({index, std::move(wrong)});
        return;
    }
    auto found = event::read_node_event(from.value, settings_.limits);
    if (found.event && found.event->by_reference) {
        auto content = resolve(*found.event);
        found.refusal = std::move(content.refusal);
        if (content.missing && contents_ != nullptr && ask_again(from)) {
            into.waits = true;
            into.out.reason = std::move(found.refusal);
            return;
        }
        if (content.missing) {
            remember_missing(from);
        }
    }
    if (!found.refusal.empty()) {
        into.out.rejected.push_back({index, std::move(found.refusal)});
        return;
    }
    into.items.push_back(
        {std::move(found.event->node),
         {std::string{from.header_value("source")}, std::string{from.topic}, from.partition, from.offset}});
    into.indexes.push_back(index);
}

node_receiver::resolution node_receiver::resolve(event::node_event& event) {
    const auto content = "its content (" + std::to_string(event.content_bytes) + " bytes, by reference) ";
    if (contents_ == nullptr) {
        return {content + "is not here, and no content source is configured", true};
    }
    auto answer = contents_->find(event.node.hash);
    if (!answer.found) {
        ++unresolved_;
        return {content + "was not found: " + answer.reason, true};
    }
    auto wrong = event::add_content(event, answer.body, settings_.limits);
    ++(wrong.empty() ? resolved_ : unresolved_);
    return {std::move(wrong), false};
}

void node_receiver::remember_missing(const bus::message& from) {
    const sync::lock_guard hold{mutex_};
    if (missing_.size() > most_asked) {
        missing_.clear();
    }
    missing_.insert(place_of(from));
}

refusal node_receiver::refused_as(const bus::message& message) const {
    const sync::lock_guard hold{mutex_};
    return missing_.contains(place_of(message)) ? refusal::content_missing : refusal::senseless;
}

void node_receiver::buried(const bus::message& message) {
    ++dead_;
    const sync::lock_guard hold{mutex_};
    missing_.erase(place_of(message));
}

/// Whether the content of this event is to be asked for once more.
bool node_receiver::ask_again(const bus::message& from) {
    const sync::lock_guard hold{mutex_};
    if (asked_.size() > most_asked) {
        asked_.clear();
    }
    const auto at = asked_.try_emplace(place_of(from), 0U).first;
    if (++at->second < settings_.content_attempts) {
        return true;
    }
    asked_.erase(at);
    return false;
}

/// Stores what was read. A batch that the store does not take as a whole is tried one by one: "", or why the
/// message at `out.handled` has to wait.
std::string node_receiver::store(reading& batch) {
    store::received_batch done;
    std::string failure;
    try {
        done = store_items(batch.items);
    } catch (const std::exception& error) {
        failure = error.what();
    }
    for (std::size_t i = 0; !failure.empty() && batch.items.size() > 1 && i < batch.items.size(); ++i) {
        try {
            done.each.push_back(store_items(std::span{batch.items}.subspan(i, 1)).each.front());
        } catch (const std::exception& error) {
            failure = error.what();
            break;
        }
    }
    for (std::size_t i = 0; i < done.each.size(); ++i) {
        if (done.each[i] == store::reception::wrong_root) {
            batch.out.rejected.push_back({batch.indexes[i], "its root_hash is not the root of its parent"});
        }
    }
    if (done.each.size() == batch.items.size()) {
        return {};
    }
    batch.out.handled = batch.indexes[done.each.size()];
    return "it was not stored: " + failure;
}

store::received_batch node_receiver::store_items(std::span<const store::received_item> items) {
    auto done = store::store_received(into_, items);
    for (const auto reception : done.each) {
        added_ += reception == store::reception::added ? 1 : 0;
        known_ += reception == store::reception::known ? 1 : 0;
        orphaned_ += reception == store::reception::orphan ? 1 : 0;
    }
    joined_ += done.joined;
    return done;
}

bus::write_result node_receiver::take_again(const store::kept_letter& letter) {
    if (!letter.payload) {
        return {bus::failure::invalid, "its payload was not kept"};
    }
    auto found = event::read_node_event(*letter.payload, settings_.limits);
    if (found.event && found.event->by_reference) {
        found.refusal = resolve(*found.event).refusal;
    }
    if (!found.refusal.empty()) {
        return {bus::failure::invalid, found.refusal};
    }
    const std::array<store::received_item, 1> items{
        {{std::move(found.event->node), {"", letter.topic, letter.partition, letter.offset}}}};
    try {
        if (store_items(items).each.front() == store::reception::wrong_root) {
            return {bus::failure::invalid, "its root_hash is not the root of its parent"};
        }
    } catch (const std::exception& error) {
        return {bus::failure::transient, error.what()};
    }
    return {};
}

collected_totals node_receiver::totals() const {
    return {received_, added_, known_, orphaned_, joined_, dead_, resolved_, unresolved_};
}

}  // namespace tapes::publish
