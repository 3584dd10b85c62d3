// Gemini's streams: the same answer object, a piece in each chunk, folded into one.
#include "gemini/api.hpp"
#include "gemini/envelope.hpp"
#include "gemini/names.hpp"
#include "gemini/parts.hpp"
#include "gemini/streamed_parts.hpp"
#include "json.hpp"
#include "streamed_objects.hpp"
#include "usage_delta.hpp"

#include <tapes/llm/finite_json.hpp>
#include <tapes/merkle/canonical.hpp>

#include <map>
#include <utility>

namespace tapes::llm::gemini {
namespace {

struct streamed_candidate {
    streamed_parts parts;
    std::string finish_reason;
    std::map<std::string, std::string, std::less<>>
        others;  ///< JSON by name; the last one that says something
};

class reducer final : public stream_reducer {
public:
    void feed(std::string_view bytes) override { objects_.feed(bytes); }

    std::string finish() override {
        at_end_ = true;
        objects_.finish();
        return so_far();
    }

    std::string so_far() const override {
        return candidates_.empty() && usage_.empty() && feedback_.empty() ? std::string() : write();
    }

    bool failed() const override { return failed_; }
    bool has_gaps() const override { return gaps_; }
    std::size_t held_bytes() const override { return held_ + objects_.held_bytes(); }

private:
    // Of what is no JSON object, what stood before the fault is kept.
    void take(std::string_view object) {
        const auto finite = with_finite_numbers(object);
        try {
            json_reader event(finite ? *finite : object);
            visit_members(event.root(), response_envelope,
                          [this](std::string_view key, json_value value) { take_member(key, value); });
        } catch (const simdjson::simdjson_error&) {
            gaps_ = gaps_ || !at_end_;
        }
    }

    void take_member(std::string_view key, json_value value) {
        if (key == "candidates") {
            take_candidates(value);
        } else if (is_name(key, "usageMetadata") && is_object(value)) {
            usage_.merge(held_, value.get_object());
        } else if (is_name(key, "promptFeedback")) {
            keep(read_raw(value), feedback_);
        } else if (is_name(key, "responseId") || is_name(key, "modelVersion") || is_name(key, "traceId")) {
            std::string& name = names_[camel_name(key)];
            if (name.empty()) {
                read_name(value, name);
            }
        } else if (key == "error" && is_error(value)) {
            failed_ = true;
        }
    }

    void take_candidates(json_value from) {
        if (is_object(from)) {
            take_candidate(from.get_object(), 0);
        } else if (is_array(from)) {
            std::int64_t position = 0;
            for (auto one : from.get_array()) {
                take_candidate(one.get_object(), position++);
            }
        }
    }

    void take_candidate(json_object from, std::int64_t position) {
        std::int64_t index = position;
        for (auto [key, value] : members_of(from)) {
            if (key == "index") {
                index = read_integer(value).value_or(position);
            }
        }
        rewind(from);
        const auto [known, added] = candidates_.try_emplace(index);
        held_ += added ? sizeof(*known) + node_bytes : 0;
        streamed_candidate& into = known->second;
        for (auto [key, value] : members_of(from)) {
            if (key == "content") {
                into.parts.add_content(held_, value);
            } else if (is_name(key, "finishReason")) {
                read_name(value, into.finish_reason);
            } else if (is_name(key, "finishMessage") || is_source(key)) {
                std::string name = camel_name(key);
                std::string json = read_raw(value);
                keep(std::move(json), into.others[std::move(name)]);
            }
        }
    }

    /// `json` has been read before `known` is made: what is no JSON must leave no name without a value.
    void keep(std::string json, std::string& known) {
        if (known.empty() || !tells_nothing(json)) {
            held_ = held_ - known.size() + json.size();
            known = std::move(json);
        }
    }

    std::string write() const {
        std::string out = R"({"candidates":[)";
        const char* separator = "";
        for (const auto& [index, from] : candidates_) {
            out.append(std::exchange(separator, ","));
            write_candidate(out, index, from);
        }
        out.push_back(']');
        if (!feedback_.empty()) {
            out.append(R"(,"promptFeedback":)").append(feedback_);
        }
        if (!usage_.empty()) {
            out.append(R"(,"usageMetadata":)");
            usage_.write(out);
        }
        for (const auto& [name, value] : names_) {
            out.append(",\"").append(name).append("\":");
            merkle::append_json_string(out, value);
        }
        return out.append("}");
    }

    static void write_candidate(std::string& out, std::int64_t index, const streamed_candidate& from) {
        out.append(R"({"content":{"role":"model","parts":)");
        from.parts.write(out);
        out.append(R"(},"finishReason":)");
        merkle::append_json_string(out, from.finish_reason.empty() ? "incomplete" : from.finish_reason);
        out.append(R"(,"index":)").append(std::to_string(index));
        for (const auto& [name, json] : from.others) {
            out.append(",\"").append(name).append("\":").append(json);
        }
        out.push_back('}');
    }

    streamed_objects objects_{[this](std::string_view object) { take(object); }};
    static constexpr std::size_t node_bytes = 64;

    std::map<std::int64_t, streamed_candidate> candidates_;
    std::map<std::string, std::string> names_;
    usage_delta usage_;
    std::string feedback_;
    bool failed_ = false;
    bool gaps_ = false;
    bool at_end_ = false;
    std::size_t held_ = 0;
};

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

}  // namespace tapes::llm::gemini
