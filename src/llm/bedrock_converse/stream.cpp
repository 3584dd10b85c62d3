// The stream of ConverseStream: folded into the answer of Converse, and watched for its end. Its events are
// objects of one member, as AWS' SDKs show them, see json_of().
#include "bedrock_converse/api.hpp"
#include "delta.hpp"
#include "event_reducer.hpp"
#include "event_watch.hpp"
#include "json.hpp"
#include "streamed_text.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <initializer_list>
#include <map>
#include <utility>
#include <vector>

namespace tapes::llm::bedrock_converse {
namespace {

/// One content block. A block of text is not announced; citations come between its pieces.
struct streamed_content {
    delta members;
    std::vector<std::string> citations;  ///< as JSON
    std::string result;                  ///< the pieces of a tool's result, as JSON with commas between them

    void write(std::string& out) const;
};

void append_member(std::string& out, std::string_view key, bool first = false) {
    out.append(first ? "" : ",");
    merkle::append_json_string(out, key);
    out.push_back(':');
}

/// Appends those of the members that say something. Returns true where none does.
bool write_said(const delta& from, std::initializer_list<std::string_view> keys, std::string& out) {
    bool first = true;
    for (const auto key : keys) {
        if (const auto* const value = from.member(key); value != nullptr && value->says_something()) {
            append_member(out, key, std::exchange(first, false));
            value->write(out);
        }
    }
    return first;
}

/// The arguments of a call come as pieces of JSON text; gateways may send an object.
void write_call(const delta& call, std::string& out) {
    out.append(R"({"toolUse":{)");
    const bool first = write_said(call, {"toolUseId", "name", "type"}, out);
    const auto* const input = call.member("input");
    append_member(out, "input", first);
    const auto text = input == nullptr ? std::string{} : input->string().json();
    if (!text.empty()) {
        // What broke off, or is nested too deep to be looked through, stays the text that it is.
        if (is_json(text)) {
            out.append(text);
        } else {
            merkle::append_json_string(out, text);
        }
    } else if (input != nullptr && input->says_something()) {
        input->write(out);
    } else {
        out.append("{}");
    }
    out.append("}}");
}

void write_reasoning(const delta& reasoning, std::string& out) {
    out.append(R"({"reasoningContent":{)");
    const auto* const text = reasoning.member("text");
    const auto* const signature = reasoning.member("signature");
    const auto* const sealed = reasoning.member("redactedContent");
    if (text != nullptr || signature != nullptr || sealed == nullptr) {
        out.append(R"("reasoningText":{"text":)");
        merkle::append_json_string(out, text == nullptr ? std::string{} : text->string().text());
        if (signature != nullptr) {
            append_member(out, "signature");
            signature->write(out);
        }
        out.push_back('}');
        if (sealed != nullptr) {
            out.push_back(',');
        }
    }
    if (sealed != nullptr) {
        append_member(out, "redactedContent", true);
        sealed->write(out);
    }
    out.append("}}");
}

void streamed_content::write(std::string& out) const {
    bool first = true;
    const auto next = [&] { out.append(std::exchange(first, false) ? "" : ","); };
    if (const auto* const reasoning = members.member("reasoningContent"); reasoning != nullptr) {
        next();
        write_reasoning(*reasoning, out);
    }
    const auto* const text = members.member("text");
    if (!citations.empty()) {
        next();
        out.append(R"({"citationsContent":{"content":[)");
        if (text != nullptr) {
            out.append(R"({"text":)");
            text->write(out);
            out.push_back('}');
        }
        out.append(R"(],"citations":[)");
        for (std::size_t i = 0; i < citations.size(); ++i) {
            out.append(i == 0 ? "" : ",").append(citations[i]);
        }
        out.append("]}}");
    } else if (text != nullptr) {
        next();
        out.append(R"({"text":)");
        text->write(out);
        out.push_back('}');
    }
    if (const auto* const call = members.member("toolUse"); call != nullptr) {
        next();
        write_call(*call, out);
    }
    if (const auto* const begun = members.member("toolResult"); begun != nullptr || !result.empty()) {
        next();
        out.append(R"({"toolResult":{)");
        append_member(out, "content",
                      begun == nullptr || write_said(*begun, {"toolUseId", "status", "type"}, out));
        out.append("[").append(result).append("]}}");
    }
    if (const auto* const image = members.member("image"); image != nullptr) {
        next();
        out.append(R"({"image":)");
        image->write(out);
        out.push_back('}');
    }
}

class reducer final : public event_reducer {
private:
    void take_event(json_object root) override;
    std::string write() const override;
    void take_block(json_object from, std::string_view piece);
    void take_piece(json_object from, streamed_content& into, bool goes_on);
    void take_metadata(json_object from);

    std::string role_;
    std::string stop_reason_;
    std::string trace_;  ///< as JSON
    usage_delta usage_;
    std::map<std::int64_t, streamed_content> blocks_;
    std::int64_t current_ = 0;
};

void reducer::take_event(json_object root) {
    for (auto [key, value] : members_of(root)) {
        if (key == "error") {
            failed_ = failed_ || !is_null(value);
        } else if (!is_object(value)) {
            continue;
        } else if (key == "messageStart") {
            read_text_member(value, "role", role_);
        } else if (key == "contentBlockStart") {
            take_block(value.get_object(), "start");
        } else if (key == "contentBlockDelta") {
            take_block(value.get_object(), "delta");
        } else if (key == "messageStop") {
            read_text_member(value, "stopReason", stop_reason_);
        } else if (key == "metadata") {
            take_metadata(value.get_object());
        }
    }
}

void reducer::take_block(json_object from, std::string_view piece) {
    for (auto [key, value] : members_of(from)) {
        if (key == "contentBlockIndex") {
            current_ = read_integer(value).value_or(current_);
        }
    }
    rewind(from);
    const auto [known, added] = blocks_.try_emplace(current_);
    held_ += added ? sizeof(*known) + delta::index_bytes : 0;
    for (auto [key, value] : members_of(from)) {
        if (key == piece && is_object(value)) {
            take_piece(value.get_object(), known->second, piece == "delta");
        }
    }
}

/// `goes_on`: a delta, in which alone a tool's result is a list of pieces.
void reducer::take_piece(json_object from, streamed_content& into, bool goes_on) {
    for (auto [key, value] : members_of(from)) {
        if (key == "citation" && is_object(value)) {
            held_ += sizeof(std::string) + into.citations.emplace_back(read_raw(value)).size();
        } else if (goes_on && key == "toolResult" && is_array(value)) {
            for (auto part : value.get_array()) {
                const auto json = read_raw(part.value());  // throws where that is no JSON
                const auto before = into.result.size();
                into.result.append(before == 0 ? "" : ",").append(json);
                held_ += into.result.size() - before;
            }
        }
    }
    rewind(from);
    bool pieces = false;
    for (auto [key, value] : members_of(from)) {
        pieces = pieces || (goes_on && key == "toolResult" && is_array(value));
    }
    rewind(from);
    if (pieces) {
        into.members.merge_members(held_, from, 0, {"citation", "toolResult"});
    } else {
        into.members.merge_members(held_, from, 0, {"citation"});
    }
}

void reducer::take_metadata(json_object from) {
    for (auto [key, value] : members_of(from)) {
        if (key == "usage" && is_object(value)) {
            usage_.merge(held_, value.get_object());
        } else if (key == "trace" && is_object(value)) {
            trace_ = read_raw(value);
            held_ += trace_.size();
        }
    }
}

std::string reducer::write() const {
    if (blocks_.empty() && usage_.empty() && stop_reason_.empty()) {
        return {};
    }
    std::string out = R"({"output":{"message":{"role":)";
    merkle::append_json_string(out, role_.empty() ? "assistant" : role_);
    out.append(R"(,"content":[)");
    bool first = true;
    for (const auto& [index, block] : blocks_) {
        std::string written;
        block.write(written);
        if (!written.empty()) {
            out.append(std::exchange(first, false) ? "" : ",").append(written);
        }
    }
    out.append(R"(]}},"stopReason":)");
    merkle::append_json_string(out, stop_reason_.empty() ? "incomplete" : stop_reason_);
    out.append(R"(,"usage":)");
    usage_.write(out);
    if (!trace_.empty()) {
        out.append(R"(,"trace":)").append(trace_);
    }
    out.push_back('}');
    return out;
}

/// `metadata` is the last event, and so is an exception: the strong end. `messageStop` is a weak one.
class watch final : public event_watch {
    end_kind end_of(std::string_view data) override {
        return is_event(data, "metadata") || is_event(data, "error") ? end_kind::strong
               : is_event(data, "messageStop")                       ? end_kind::weak
                                                                     : end_kind::none;
    }

    bool says(std::string_view data) override {
        return is_event(data, "contentBlockStart") || is_event(data, "contentBlockDelta");
    }

    /// Quotes inside of JSON strings are escaped, so a name is found as a key or a value only.
    static bool is_event(std::string_view data, std::string_view name) {
        if (data.find(name) == std::string_view::npos) {
            return false;
        }
        try {
            json_reader event(data);
            for (auto [key, value] : members_of(event.root())) {
                if (key == name && is_object(value)) {
                    return true;
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return false;
        }
        return false;
    }
};

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()>) {
    return std::make_unique<watch>();
}

}  // namespace tapes::llm::bedrock_converse
