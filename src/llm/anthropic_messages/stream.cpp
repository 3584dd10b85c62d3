// The stream of Anthropic Messages: folded into the one-shot answer, and watched for its end.
#include "anthropic_messages/api.hpp"
#include "anthropic_messages/streamed_block.hpp"
#include "event_reducer.hpp"
#include "event_watch.hpp"
#include "json.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::llm::anthropic_messages {
namespace {

class reducer final : public event_reducer {
private:
    void take_event(json_object root) override;
    std::string write() const override;
    void take_message(json_object from);
    void take_fallback(json_object block);
    void take_start(std::optional<std::int64_t> index, json_object block);
    void take_piece(std::optional<std::int64_t> index, json_object delta);
    void take_delta(json_object from);
    void take_usage(json_object from);
    std::size_t begin_block(std::optional<std::int64_t> index);
    std::size_t find_block(std::optional<std::int64_t> index);
    std::size_t block_for(std::size_t host, delta_kind kind);
    std::size_t begin_aside(std::size_t host, delta_kind kind);
    bool is_repeated(std::size_t at) const;

    /// A block, and the blocks of deltas that named it, but are of another kind.
    struct slot {
        streamed_block block;
        std::map<delta_kind, std::size_t> asides = {};
    };

    std::string id_;
    std::string model_;
    std::string role_;
    std::string stop_reason_;
    std::string stop_sequence_;  ///< as JSON
    std::string stop_details_;   ///< as JSON
    usage_delta usage_;
    std::vector<slot> blocks_;        ///< in the order in which they began
    std::vector<std::size_t> order_;  ///< in which they are written
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    std::size_t current_ = 0;  ///< the block that began last
    std::size_t given_ = 0;    ///< how many blocks message_start had
};

void reducer::take_event(json_object root) {
    std::string type;
    std::optional<std::int64_t> index;
    for (auto [key, value] : members_of(root)) {
        if (key == "type") {
            read_text(value, type);
        } else if (key == "index") {
            index = read_integer(value);
        } else if (key == "error") {
            failed_ = failed_ || !is_null(value);
        }
    }
    failed_ = failed_ || type == "error";
    rewind(root);
    for (auto [key, value] : members_of(root)) {
        if (key == "model" && model_.empty()) {
            read_name(value, model_);
        } else if (!is_object(value)) {
            continue;
        } else if (key == "message" && type != "error") {
            take_message(value.get_object());
        } else if (key == "content_block" && type == "content_block_start") {
            take_start(index, value.get_object());
        } else if (key == "delta" && type == "content_block_delta") {
            take_piece(index, value.get_object());
        } else if (key == "delta" && type == "message_delta") {
            take_delta(value.get_object());
        } else if (key == "usage") {
            take_usage(value.get_object());
        }
    }
}

// As a rule that of message_start. What it holds already is not taken twice.
void reducer::take_message(json_object from) {
    for (auto [key, value] : members_of(from)) {
        if (key == "id") {
            read_name(value, id_);
        } else if (key == "model") {
            read_name(value, model_);
        } else if (key == "role") {
            read_name(value, role_);
        } else if (key == "usage" && is_object(value)) {
            take_usage(value.get_object());
        } else if (key == "stop_reason") {
            read_name(value, stop_reason_);
        } else if (key == "content" && is_array(value) && blocks_.empty()) {
            for (auto block : value.get_array()) {
                const std::size_t at = begin_block(std::nullopt);
                given_ = blocks_.size();
                blocks_[at].block.begin(held_, block.get_object());
            }
        }
    }
}

// A call that is begun anew in the midst of its input is the same call: servers that give each piece a block.
void reducer::take_start(std::optional<std::int64_t> index, json_object block) {
    take_fallback(block);
    rewind(block);
    if (!blocks_.empty() && blocks_[current_].block.has_open_input()) {
        streamed_block next;
        std::size_t passing = 0;
        next.begin(passing, block);
        rewind(block);
        if (blocks_[current_].block.names_as(next)) {
            by_index_[index.value_or(static_cast<std::int64_t>(current_))] = current_;
            return;
        }
    }
    const std::size_t at = begin_block(index);
    blocks_[at].block.begin(held_, block);
}

void reducer::take_piece(std::optional<std::int64_t> index, json_object delta) {
    std::string type;
    read_text_member(delta, "type", type);
    rewind(delta);
    const std::size_t at = block_for(find_block(index), kind_of_delta(type));
    blocks_[at].block.add(held_, delta);
}

// Behind a `fallback` block another model speaks; a one-shot answer names the last one.
void reducer::take_fallback(json_object block) {
    std::string type;
    std::string model;
    for (auto [key, value] : members_of(block)) {
        if (key == "type") {
            read_text(value, type);
        } else if (key == "to" && is_object(value)) {
            read_text_member(value, "model", model);
        }
    }
    if (type == "fallback" && !model.empty()) {
        model_ = std::move(model);
    }
}

void reducer::take_delta(json_object from) {
    for (auto [key, value] : members_of(from)) {
        if (key == "stop_reason") {
            read_name(value, stop_reason_);
        } else if (key == "model" && model_.empty()) {
            read_name(value, model_);
        } else if (key == "id" && id_.empty()) {
            read_name(value, id_);
        } else if (key == "usage" && is_object(value)) {
            take_usage(value.get_object());
        } else if (key == "stop_sequence" && !is_null(value)) {
            stop_sequence_ = read_raw(value);
        } else if (key == "stop_details" && is_object(value)) {
            stop_details_ = read_raw(value);
        }
    }
}

// The figures of a message_delta are cumulative; one that tells nothing leaves what message_start said.
void reducer::take_usage(json_object from) {
    usage_.merge(held_, from);
}

std::size_t reducer::begin_block(std::optional<std::int64_t> index) {
    current_ = blocks_.size();
    by_index_[index.value_or(static_cast<std::int64_t>(current_))] = current_;
    held_ += sizeof(slot) + sizeof(current_);
    blocks_.emplace_back();
    order_.push_back(current_);
    return current_;
}

std::size_t reducer::find_block(std::optional<std::int64_t> index) {
    if (!index && !blocks_.empty()) {
        return current_;
    }
    const auto known = index ? by_index_.find(*index) : by_index_.end();
    return known == by_index_.end() ? begin_block(index) : known->second;
}

// Deltas of another kind than their block are a block of their own.
std::size_t reducer::block_for(std::size_t host, delta_kind kind) {
    if (blocks_[host].block.type().empty() || blocks_[host].block.takes(kind)) {
        return host;
    }
    const bool seals = kind == delta_kind::signature;
    const auto known = blocks_[host].asides.find(seals ? delta_kind::thinking : kind);
    if (known != blocks_[host].asides.end()) {
        return known->second;
    }
    // A signature may come when the next block has begun.
    if (seals && host > 0 && blocks_[host - 1].block.type() == "thinking" &&
        !blocks_[host - 1].block.is_signed()) {
        return host - 1;
    }
    return begin_aside(host, seals ? delta_kind::thinking : kind);
}

// In front of a block that has said nothing yet, else behind all others.
std::size_t reducer::begin_aside(std::size_t host, delta_kind kind) {
    const bool in_front = order_.back() == host && blocks_[host].block.says_nothing();
    const std::size_t added = blocks_.size();
    constexpr std::size_t node_bytes = 64;
    held_ += sizeof(slot) + sizeof(added) + node_bytes;
    blocks_.emplace_back();
    order_.insert(in_front ? order_.end() - 1 : order_.end(), added);
    blocks_[host].asides[kind] = added;
    return added;
}

// Returns true for a block of message_start that was streamed all the same.
bool reducer::is_repeated(std::size_t at) const {
    const auto streamed = by_index_.find(static_cast<std::int64_t>(at));
    return at < given_ && streamed != by_index_.end() && streamed->second != at &&
           blocks_[streamed->second].block.repeats(blocks_[at].block);
}

std::string reducer::write() const {
    if (blocks_.empty() && usage_.empty() && stop_details_.empty()) {
        return {};
    }
    std::string out = R"({"id":)";
    merkle::append_json_string(out, id_);
    out.append(R"(,"type":"message","role":)");
    merkle::append_json_string(out, role_.empty() ? "assistant" : role_);
    out.append(R"(,"model":)");
    merkle::append_json_string(out, model_);
    out.append(R"(,"content":[)");
    bool first = true;
    for (const std::size_t at : order_) {
        if (!is_repeated(at)) {
            out.append(std::exchange(first, false) ? "" : ",");
            blocks_[at].block.write(out);
        }
    }
    out.append(R"(],"stop_reason":)");
    merkle::append_json_string(out, stop_reason_.empty() ? "incomplete" : stop_reason_);
    out.append(R"(,"stop_sequence":)").append(stop_sequence_.empty() ? "null" : stop_sequence_);
    if (!stop_details_.empty()) {
        out.append(R"(,"stop_details":)").append(stop_details_);
    }
    out.append(R"(,"usage":)");
    usage_.write(out);
    out.push_back('}');
    return out;
}

// The client learns that the answer is over from the message_delta that has a stop_reason; failing that from
// message_stop, or from an error in mid-stream.
// message_stop, or an error, is the strong end; the message_delta with the stop_reason is a weak one.
class watch final : public event_watch {
    end_kind end_of(std::string_view data) override {
        if (!may_end(data)) {
            return end_kind::none;
        }
        std::string type;
        std::string reason;
        try {
            json_reader event(data);
            for (auto [key, value] : members_of(event.root())) {
                if (key == "type") {
                    read_text(value, type);
                } else if (key == "delta" && is_object(value)) {
                    reason.clear();
                    read_text_member(value, "stop_reason", reason);
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return end_kind::none;
        }
        const bool stops = type == "message_delta" && !reason.empty() && reason != "null";
        return type == "message_stop" || type == "error" ? end_kind::strong
               : stops                                   ? end_kind::weak
                                                         : end_kind::none;
    }

    // Quotes inside of JSON strings are escaped, so these are found as keys and values only.
    static bool may_end(std::string_view data) noexcept {
        return may_have_value(data, "\"stop_reason\"") ||
               data.find("\"message_stop\"") != std::string_view::npos ||
               data.find("\"error\"") != std::string_view::npos;
    }

    bool says(std::string_view data) override {
        return data.find("\"content_block_start\"") != std::string_view::npos ||
               data.find("\"content_block_delta\"") != std::string_view::npos;
    }
};

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()>) {
    return std::make_unique<watch>();
}

}  // namespace tapes::llm::anthropic_messages
