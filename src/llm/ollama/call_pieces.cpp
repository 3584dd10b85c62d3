#include "ollama/call_pieces.hpp"

#include <tapes/merkle/canonical.hpp>

#include <utility>

namespace tapes::llm::ollama {

call_pieces::piece call_pieces::look(json_value call) {
    piece found;
    if (!is_object(call)) {
        return found;
    }
    json_object fields = call.get_object();
    for (auto [key, value] : members_of(fields)) {
        if (key != "function" || !is_object(value)) {
            continue;
        }
        for (auto [name, member] : members_of(value.get_object())) {
            if (name == "name") {
                read_text(member, found.name);
            } else if (name == "arguments") {
                found.is_text = read_piece(member, found.arguments);
            }
        }
    }
    rewind(fields);
    return found;
}

std::size_t call_pieces::take_text(piece next) {
    const bool goes_on =
        open_ && !progress_.closed() && (next.name.empty() || name_.empty() || next.name == name_);
    if (open_ && !goes_on) {
        calls_.push_back(written());
    }
    if (!goes_on) {
        open_ = true;
        name_.clear();
        arguments_ = streamed_text();
        progress_ = json_scan();
    }
    const std::size_t grown = next.name.size() + next.arguments.size() + (goes_on ? 0 : sizeof(std::string));
    if (!next.name.empty()) {
        name_ = std::move(next.name);
    }
    arguments_.add(next.arguments);
    progress_.feed(next.arguments);
    return grown;
}

void call_pieces::merge(std::size_t& held, json_value calls) {
    for (auto element : calls.get_array()) {
        json_value call = element.value();
        piece next = look(call);
        if (next.is_text) {
            held += take_text(std::move(next));
            continue;
        }
        std::string json = read_raw(call);
        if (std::exchange(open_, false)) {
            calls_.push_back(written());
        }
        held += sizeof(std::string) + calls_.emplace_back(std::move(json)).size();
    }
}

std::string call_pieces::written() const {
    std::string out = R"({"function":{"name":)";
    merkle::append_json_string(out, name_);
    out.append(R"(,"arguments":)");
    merkle::append_json_string(out, arguments_.json());
    return out.append("}}");
}

void call_pieces::write(std::string& out) const {
    out.push_back('[');
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        out.append(i == 0 ? "" : ",").append(calls_[i]);
    }
    if (open_) {
        out.append(calls_.empty() ? "" : ",").append(written());
    }
    out.push_back(']');
}

}  // namespace tapes::llm::ollama
