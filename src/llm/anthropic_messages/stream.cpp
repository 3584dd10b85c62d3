// The stream of Anthropic Messages: folded into the one-shot answer, and watched for its end.
#include "anthropic_messages/api.hpp"
#include "anthropic_messages/streamed_block.hpp"
#include "event_reducer.hpp"
#include "event_watch.hpp"
#include "json.hpp"

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
    void take_delta(json_object from);
    void take_usage(json_object from);
    streamed_block& begin_block(std::optional<std::int64_t> index);
    streamed_block& find_block(std::optional<std::int64_t> index);

    std::string id_;
    std::string model_;
    std::string role_;
    std::string stop_reason_;
    std::string stop_sequence_;                              ///< as JSON
    std::string stop_details_;                               ///< as JSON
    std::map<std::string, std::string, std::less<>> usage_;  ///< as JSON, the newest figure of each
    std::vector<streamed_block> blocks_;                     ///< in the order in which they began
    std::unordered_map<std::int64_t, std::size_t> by_index_;
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
        if (!is_object(value)) {
            continue;
        }
        if (key == "message" && type == "message_start") {
            take_message(value.get_object());
        } else if (key == "content_block" && type == "content_block_start") {
            json_object block = value.get_object();
            take_fallback(block);
            rewind(block);
            held_ += begin_block(index).begin(block);
        } else if (key == "delta" && type == "content_block_delta") {
            held_ += find_block(index).add(value.get_object());
        } else if (key == "delta" && type == "message_delta") {
            take_delta(value.get_object());
        } else if (key == "usage" && type == "message_delta") {
            take_usage(value.get_object());
        }
    }
}

void reducer::take_message(json_object from) {
    for (auto [key, value] : members_of(from)) {
        if (key == "id") {
            read_text(value, id_);
        } else if (key == "model") {
            read_text(value, model_);
        } else if (key == "role") {
            read_text(value, role_);
        } else if (key == "usage" && is_object(value)) {
            take_usage(value.get_object());
        } else if (key == "stop_reason") {
            read_text(value, stop_reason_);
        } else if (key == "content" && is_array(value)) {
            for (auto block : value.get_array()) {
                held_ += begin_block(std::nullopt).begin(block.get_object());
            }
        }
    }
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
        std::string reason;
        if (key == "stop_reason") {
            if (read_text(value, reason) && !reason.empty()) {
                stop_reason_ = std::move(reason);
            }
        } else if (key == "stop_sequence" && !is_null(value)) {
            stop_sequence_ = read_raw(value);
        } else if (key == "stop_details" && is_object(value)) {
            stop_details_ = read_raw(value);
        }
    }
}

// The figures of a message_delta are cumulative; one that is absent or null leaves what message_start said.
void reducer::take_usage(json_object from) {
    for (auto [key, value] : members_of(from)) {
        if (!is_null(value)) {
            std::string figure = read_raw(value);
            held_ += key.size() + figure.size();
            usage_[std::string(key)] = std::move(figure);
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
