// The stream of Completions, folded into the one-shot answer. Its choices end as those of Chat Completions
// do.
#include "event_reducer.hpp"
#include "json.hpp"
#include "openai_chat/api.hpp"
#include "openai_completions/api.hpp"
#include "streamed_text.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <map>
#include <utility>

namespace tapes::llm::openai_completions {
namespace {

struct streamed_completion {
    streamed_text text;
    std::string finish_reason;
};

class reducer final : public event_reducer {
private:
    void take_event(json_object root) override;
    std::string write() const override;
    void take_choice(json_object from, std::int64_t position);

    std::string id_;
    std::string model_;
    usage_delta usage_;
    std::map<std::int64_t, streamed_completion> choices_;
};

void reducer::take_event(json_object root) {
    for (auto [key, value] : members_of(root)) {
        if (key == "choices" && is_array(value)) {
            std::int64_t position = 0;
            for (auto from : value.get_array()) {
                take_choice(from.get_object(), position++);
            }
        } else if (key == "id" && id_.empty()) {
            read_name(value, id_);
        } else if (key == "model" && model_.empty()) {
            read_name(value, model_);
        } else if (key == "usage" && is_object(value)) {
            usage_.merge(held_, value.get_object());
        } else if (key == "error") {
            failed_ = failed_ || !is_null(value);
        }
    }
}

void reducer::take_choice(json_object from, std::int64_t position) {
    std::int64_t index = position;
    std::string piece;
    std::string reason;
    for (auto [key, value] : members_of(from)) {
        if (key == "index") {
            index = read_integer(value).value_or(position);
        } else if (key == "text") {
            read_piece(value, piece);
        } else if (key == "finish_reason") {
            read_name(value, reason);
        }
    }
    constexpr std::size_t node_bytes = 64;
    const auto [known, added] = choices_.try_emplace(index);
    held_ += (added ? sizeof(*known) + node_bytes : 0) + piece.size();
    known->second.text.add(piece);
    if (!reason.empty()) {
        known->second.finish_reason = std::move(reason);
    }
}

std::string reducer::write() const {
    if (choices_.empty() && usage_.empty()) {
        return {};
    }
    std::string out = R"({"id":)";
    merkle::append_json_string(out, id_);
    out.append(R"(,"object":"text_completion","model":)");
    merkle::append_json_string(out, model_);
    out.append(R"(,"choices":[)");
    bool first = true;
    for (const auto& [index, from] : choices_) {
        out.append(std::exchange(first, false) ? "" : ",").append(R"({"index":)");
        out.append(std::to_string(index)).append(R"(,"text":)");
        merkle::append_json_string(out, from.text.text());
        out.append(R"(,"finish_reason":)");
        merkle::append_json_string(out, from.finish_reason.empty() ? "incomplete" : from.finish_reason);
        out.push_back('}');
    }
    out.push_back(']');
    if (!usage_.empty()) {
        out.append(R"(,"usage":)");
        usage_.write(out);
    }
    out.push_back('}');
    return out;
}

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices) {
    return openai_chat::make_end_watch(std::move(choices));
}

}  // namespace tapes::llm::openai_completions
