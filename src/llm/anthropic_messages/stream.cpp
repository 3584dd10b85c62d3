// The stream of Anthropic Messages: folded into the one-shot answer, and watched for its end.
#include "anthropic_messages/api.hpp"
#include "anthropic_messages/streamed_block.hpp"
#include "event_watch.hpp"
#include "json.hpp"
#include "sse.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::llm::anthropic_messages {
namespace {

class reducer final : public stream_reducer {
public:
    void feed(std::string_view bytes) override {
        events_.feed(bytes, [this](std::string_view data) { take(data); });
    }

    std::string finish() override {
        events_.finish([this](std::string_view data) { take(data); });
        return blocks_.empty() && usage_.empty() && stop_details_.empty() ? std::string() : write();
    }

    bool failed() const override { return failed_; }
    std::size_t held_bytes() const override { return held_ + events_.held_bytes(); }

private:
    void take(std::string_view data);
    void take_event(std::string_view json);
    void take_event(json_object root);
    void take_message(json_object from);
    void take_fallback(json_object block);
    void take_delta(json_object from);
    void take_usage(json_object from);
    streamed_block& begin_block(std::optional<std::int64_t> index);
    streamed_block& find_block(std::optional<std::int64_t> index);
    std::string write() const;

    sse_reader events_;
    std::string id_;
    std::string model_;
    std::string role_;
    std::string stop_reason_;
    std::string stop_sequence_;                              ///< as JSON
    std::string stop_details_;                               ///< as JSON
    std::map<std::string, std::string, std::less<>> usage_;  ///< as JSON, the newest figure of each
    std::vector<streamed_block> blocks_;                     ///< in the order in which they began
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    bool failed_ = false;
    std::size_t held_ = 0;
};

void reducer::take(std::string_view data) {
    // Several data lines are one event's JSON, or events of a server that leaves out the blank line.
    std::string canonical;
    if (data.find('\n') != std::string_view::npos &&
        merkle::canonicalize(data, canonical) == merkle::canonical_error::not_json) {
        while (!data.empty()) {
            const std::size_t end = std::min(data.find('\n'), data.size());
            take_event(data.substr(0, end));
            data.remove_prefix(std::min(end + 1, data.size()));
        }
    } else {
        take_event(data);
    }
}

// Of an event that is no JSON object, what stood before the fault is kept.
void reducer::take_event(std::string_view json) {
    try {
        json_reader event(json);
        take_event(event.root());
    } catch (const simdjson::simdjson_error&) {
        return;
    }
}

void reducer::take_event(json_object root) {
    std::string type;
    std::optional<std::int64_t> index;
    for (auto one : root) {
        json_field field = field_of(one);
        const std::string_view key = key_of(field);
        if (key == "type") {
            read_text(field.value(), type);
        } else if (key == "index") {
            index = read_integer(field.value());
        } else if (key == "error") {
            failed_ = failed_ || !is_null(field.value());
        }
    }
    failed_ = failed_ || type == "error";
    (void)root.reset().value();
    for (auto one : root) {
        json_field field = field_of(one);
        const std::string_view key = key_of(field);
        if (!is_object(field.value())) {
            continue;
        }
        if (key == "message" && type == "message_start") {
            take_message(field.value().get_object());
        } else if (key == "content_block" && type == "content_block_start") {
            json_object block = field.value().get_object();
            take_fallback(block);
            (void)block.reset().value();
            held_ += begin_block(index).begin(block);
        } else if (key == "delta" && type == "content_block_delta") {
            held_ += find_block(index).add(field.value().get_object());
        } else if (key == "delta" && type == "message_delta") {
            take_delta(field.value().get_object());
        } else if (key == "usage" && type == "message_delta") {
            take_usage(field.value().get_object());
        }
    }
}

void reducer::take_message(json_object from) {
    for (auto one : from) {
        json_field field = field_of(one);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), id_);
        } else if (key == "model") {
            read_text(field.value(), model_);
        } else if (key == "role") {
            read_text(field.value(), role_);
        } else if (key == "usage" && is_object(field.value())) {
            take_usage(field.value().get_object());
        } else if (key == "stop_reason") {
            read_text(field.value(), stop_reason_);
        } else if (key == "content" && is_array(field.value())) {
            for (auto block : field.value().get_array()) {
                held_ += begin_block(std::nullopt).begin(block.get_object());
            }
        }
    }
}

// Behind a `fallback` block another model speaks; a one-shot answer names the last one.
void reducer::take_fallback(json_object block) {
    std::string type;
    std::string model;
    for (auto one : block) {
        json_field field = field_of(one);
        const std::string_view key = key_of(field);
        if (key == "type") {
            read_text(field.value(), type);
        } else if (key == "to" && is_object(field.value())) {
            for (auto part : field.value().get_object()) {
                json_field inner = field_of(part);
                if (key_of(inner) == "model") {
                    read_text(inner.value(), model);
                }
            }
        }
    }
    if (type == "fallback" && !model.empty()) {
        model_ = std::move(model);
    }
}

void reducer::take_delta(json_object from) {
    for (auto one : from) {
        json_field field = field_of(one);
        const std::string_view key = key_of(field);
        std::string reason;
        if (key == "stop_reason") {
            if (read_text(field.value(), reason) && !reason.empty()) {
                stop_reason_ = std::move(reason);
            }
        } else if (key == "stop_sequence" && !is_null(field.value())) {
            stop_sequence_ = read_raw(field.value());
        } else if (key == "stop_details" && is_object(field.value())) {
            stop_details_ = read_raw(field.value());
        }
    }
}

// The figures of a message_delta are cumulative; one that is absent or null leaves what message_start said.
void reducer::take_usage(json_object from) {
    for (auto one : from) {
        json_field field = field_of(one);
        const std::string key(key_of(field));
        if (!is_null(field.value())) {
            std::string figure = read_raw(field.value());
            held_ += key.size() + figure.size();
            usage_[key] = std::move(figure);
        }
    }
}

streamed_block& reducer::begin_block(std::optional<std::int64_t> index) {
    by_index_[index.value_or(static_cast<std::int64_t>(blocks_.size()))] = blocks_.size();
    held_ += sizeof(streamed_block);
    return blocks_.emplace_back();
}

streamed_block& reducer::find_block(std::optional<std::int64_t> index) {
    if (!index && !blocks_.empty()) {
        return blocks_.back();
    }
    const auto known = index ? by_index_.find(*index) : by_index_.end();
    return known == by_index_.end() ? begin_block(index) : blocks_[known->second];
}

std::string reducer::write() const {
    std::string out = R"({"id":)";
    merkle::append_json_string(out, id_);
    out.append(R"(,"type":"message","role":)");
    merkle::append_json_string(out, role_.empty() ? "assistant" : role_);
    out.append(R"(,"model":)");
    merkle::append_json_string(out, model_);
    out.append(R"(,"content":[)");
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        out.append(i == 0 ? "" : ",");
        blocks_[i].write(out);
    }
    out.append(R"(],"stop_reason":)");
    merkle::append_json_string(out, stop_reason_.empty() ? "incomplete" : stop_reason_);
    out.append(R"(,"stop_sequence":)").append(stop_sequence_.empty() ? "null" : stop_sequence_);
    if (!stop_details_.empty()) {
        out.append(R"(,"stop_details":)").append(stop_details_);
    }
    out.append(R"(,"usage":{)");
    bool first = true;
    for (const auto& [key, figure] : usage_) {
        out.append(std::exchange(first, false) ? "" : ",");
        merkle::append_json_string(out, key);
        out.append(":").append(figure);
    }
    out.append("}}");
    return out;
}

// The client learns that the answer is over from the message_delta that has a stop_reason; failing that from
// message_stop, or from an error in mid-stream.
class watch final : public event_watch {
    bool ends(std::string_view data) override { return may_end(data) && is_end(data); }

    // Quotes inside of JSON strings are escaped, so these are found as keys and values only.
    static bool may_end(std::string_view data) noexcept {
        constexpr std::string_view key = "\"stop_reason\"";
        for (std::size_t at = data.find(key); at != std::string_view::npos; at = data.find(key, at)) {
            at = data.find_first_not_of(" \t\r\n:", at + key.size());
            if (at != std::string_view::npos && data[at] != 'n') {
                return true;
            }
        }
        return data.find("\"message_stop\"") != std::string_view::npos ||
               data.find("\"error\"") != std::string_view::npos;
    }

    static bool is_end(std::string_view data) {
        std::string type;
        std::string reason;
        try {
            json_reader event(data);
            for (auto one : event.root()) {
                json_field field = field_of(one);
                const std::string_view key = key_of(field);
                if (key == "type") {
                    read_text(field.value(), type);
                } else if (key == "delta" && is_object(field.value())) {
                    reason = reason_of(field.value().get_object());
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return false;
        }
        return type == "message_stop" || type == "error" || (type == "message_delta" && !reason.empty());
    }

    static std::string reason_of(json_object delta) {
        std::string reason;
        for (auto one : delta) {
            json_field field = field_of(one);
            if (key_of(field) == "stop_reason") {
                read_text(field.value(), reason);
            }
        }
        return reason;
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
