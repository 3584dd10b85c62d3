#include "request/history_pieces.hpp"
#include "request/part_maker.hpp"

#include <tapes/read/request_parts.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::read {

namespace {

/// Which members of a request hold what, by API.
struct request_shape {
    std::string_view api;
    std::array<std::string_view, 2> tools;
    std::string_view system;
    std::string_view history;
    bool one_message = false;            ///< the history is one message, with `images` beside it
    std::string_view envelope = {};      ///< a member that may hold all but the model
    std::string_view system_alias = {};  ///< another name of `system`
};

constexpr std::array request_shapes{
    request_shape{"anthropic_messages", {"tools"}, "system", "messages"},
    request_shape{"openai_chat", {"tools", "functions"}, "", "messages"},
    request_shape{"openai_responses", {"tools"}, "instructions", "input"},
    request_shape{"ollama_chat", {"tools"}, "", "messages"},
    request_shape{"ollama_generate", {}, "system", "prompt", true},
    request_shape{"openai_completions", {}, "", "prompt", true},
    request_shape{"mistral_fim", {}, "", "prompt", true},
    request_shape{"bedrock_converse", {"toolConfig"}, "system", "messages"},
    request_shape{
        "gemini", {"tools"}, "systemInstruction", "contents", false, "request", "system_instruction"},
};

class request_reader {
public:
    request_reader(std::string_view api, std::string_view body, const part_limits& limits,
                   const history_pieces& pieces = {})
        : body_{body}, to_{body, limits}, pieces_{pieces} {
        const auto* const found = std::ranges::find(request_shapes, api, &request_shape::api);
        shape_ = found == request_shapes.end() ? nullptr : found;
    }

    request_parts read() {
        const auto start = body_.find_first_not_of(" \t\r\n");
        if (start == std::string_view::npos) {
            to_.fail(request_fault::empty, body_);
            return std::move(to_.made());
        }
        if (body_[start] != '{') {
            to_.fail(request_fault::not_json, body_.substr(start));
            return std::move(to_.made());
        }
        top_ = read_members(body_);
        open_envelope();
        add_all();
        if (!top_.whole) {
            to_.fail(request_fault::broken, top_.rest);
        }
        if (shape_ == nullptr) {
            to_.fail(request_fault::unknown_api, body_);
        }
        to_.shift_behind(pieces_.at, pieces_.size);
        return std::move(to_.made());
    }

private:
    /// Takes the members of the envelope as those of the body, where it has one.
    void open_envelope() {
        if (shape_ == nullptr || shape_->envelope.empty()) {
            return;
        }
        const auto found = std::ranges::find(top_.all, shape_->envelope, &json_member::key);
        const bool broken = found == top_.all.end() && top_.rest_key == shape_->envelope;
        const auto value = broken ? top_.rest : found != top_.all.end() ? found->value : std::string_view{};
        if (!value.starts_with('{')) {
            return;
        }
        auto inner = read_members(value);
        if (!broken) {
            top_.all.erase(found);
        }
        std::ranges::move(inner.all, std::back_inserter(top_.all));
        if (!inner.whole) {
            top_.whole = false;
            top_.rest = inner.rest;
            top_.rest_key = std::move(inner.rest_key);
        }
    }

    /// The value of a member; of the one in which the body breaks off, what there is of it.
    std::string_view value_of(std::string_view key) const {
        const auto found = top_.find(key);
        const bool broken = found.empty() && !top_.rest_key.empty() && top_.rest_key == key;
        const auto value = broken ? top_.rest : found;
        return key.empty() || value == "null" ? std::string_view{} : value;
    }

    bool is_parameter(std::string_view key) const {
        if (shape_ == nullptr) {
            return key != "model";
        }
        return key != "model" && key != shape_->system && key != shape_->history &&
               (shape_->system_alias.empty() || key != shape_->system_alias) &&
               std::ranges::find(shape_->tools, key) == shape_->tools.end() &&
               !(shape_->one_message && key == "images");
    }

    void add_all() {
        if (const auto model = value_of("model"); !model.empty()) {
            to_.add_parameter(part_kind::model, "model", model);
        }
        std::vector<const json_member*> parameters;
        for (const auto& one : top_.all) {
            if (is_parameter(one.key)) {
                parameters.push_back(&one);
            }
        }
        std::ranges::stable_sort(parameters, {}, [](const json_member* one) { return one->key; });
        for (const auto* one : parameters) {
            to_.add_parameter(part_kind::parameter, one->key, one->value);
        }
        if (shape_ == nullptr) {
            return;
        }
        for (const auto key : shape_->tools) {
            add_tools(value_of(key));
        }
        const auto system = value_of(shape_->system);
        add_system(system.empty() ? value_of(shape_->system_alias) : system);
        add_history(value_of(shape_->history));
        note_tail();
    }

    void add_tools(std::string_view value) {
        if (value.starts_with('{')) {  // of Converse: the tools are a member, beside which one to choose
            const auto members = read_members(value);
            if (const auto choice = members.find("toolChoice"); !choice.empty()) {
                to_.add_parameter(part_kind::parameter, "toolChoice", choice);
            }
            value = members.find("tools");
        }
        const auto tools = read_members(value);
        if (!value.starts_with('[')) {
            return;
        }
        for (const auto& one : tools.all) {
            if (is_gemini()) {
                add_gemini_tool(one.value);
            } else {
                to_.add_tool(tools_++, one.value);
            }
        }
        if (!tools.whole) {
            to_.fail(request_fault::broken, tools.rest);
        }
    }

    bool is_gemini() const noexcept { return shape_->api == "gemini"; }

    /// Of Gemini's tools one may declare many functions; the others are the provider's own.
    void add_gemini_tool(std::string_view value) {
        const auto tool = read_members(value);
        auto functions = tool.find("functionDeclarations");
        functions = functions.empty() ? tool.find("function_declarations") : functions;
        if (!functions.starts_with('[')) {
            to_.add_tool(tools_++, value, tool.all.empty() ? std::string{} : tool.all.front().key);
            return;
        }
        for (const auto& one : read_members(functions).all) {
            to_.add_tool(tools_++, one.value);
        }
    }

    void add_system(std::string_view value) {
        if (value.empty()) {
            return;
        }
        if (is_gemini() && value.starts_with('{')) {
            add_gemini_parts(to_, {part_kind::system, 0, "system", ""}, value);
            return;
        }
        const auto blocks = value.starts_with('[') ? read_members(value) : json_members{};
        if (!value.starts_with('[')) {
            to_.begin_message();
            to_.add_block({part_kind::system, 0, "system", ""}, value);
            return;
        }
        for (std::size_t i = 0; i < blocks.all.size(); ++i) {
            to_.begin_message();
            to_.add_block({part_kind::system, i, "system", ""}, blocks.all[i].value);
        }
        if (!blocks.whole) {
            to_.fail(request_fault::broken, blocks.rest);
        }
    }

    void add_history(std::string_view value) {
        if (!value.starts_with('[') || shape_->one_message) {
            to_.begin_message();
            const part_maker::place where{part_kind::message, 0, "user", ""};
            if (is_gemini() && !value.empty()) {
                add_message_parts(to_, shape_->api, 0, value);
            } else if (!value.empty()) {
                to_.add_block(where, value);
            }
            for (const auto& one : read_members(shape_->one_message ? value_of("images") : "").all) {
                to_.add_member(where, "image", one.value);
            }
            return;
        }
        const auto elements = read_members(value);
        std::size_t number = 0;
        for (const auto& one : elements.all) {
            if (!pieces_.elements.empty() && one.value.data() == body_.data() + pieces_.at) {
                for (const auto& known : pieces_.elements) {
                    to_.add_known(*known.parts, number++, known.bytes);
                }
            } else {
                add_message_parts(to_, shape_->api, number++, one.value);
            }
        }
        if (!elements.whole) {
            to_.fail(request_fault::broken, elements.rest);
        }
    }

    void note_tail() {
        if (shape_->api != "openai_responses") {
            return;
        }
        auto& name = to_.made().goes_on_from;
        name = string_of(value_of("previous_response_id"));
        if (const auto conversation = value_of("conversation"); name.empty() && !conversation.empty()) {
            name = conversation.starts_with('{') ? string_of(read_members(conversation).find("id"))
                                                 : string_of(conversation);
        }
    }

    std::string_view body_;
    part_maker to_;
    history_pieces pieces_;
    const request_shape* shape_ = nullptr;
    json_members top_;
    std::size_t tools_ = 0;
};

}  // namespace

std::string_view to_string(part_kind value) noexcept {
    switch (value) {
        case part_kind::model:
            return "model";
        case part_kind::parameter:
            return "parameter";
        case part_kind::tool:
            return "tool";
        case part_kind::system:
            return "system";
        case part_kind::message:
            return "message";
    }
    return "";
}

std::string_view to_string(request_fault value) noexcept {
    switch (value) {
        case request_fault::none:
            return "";
        case request_fault::empty:
            return "empty";
        case request_fault::unknown_api:
            return "unknown_api";
        case request_fault::not_json:
            return "not_json";
        case request_fault::broken:
            return "broken";
        case request_fault::too_deep:
            return "too_deep";
        case request_fault::too_many:
            return "too_many";
    }
    return "";
}

const request_part* request_parts::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(parts, [name](const request_part& one) {
        return (one.kind == part_kind::parameter || one.kind == part_kind::model) && one.name == name;
    });
    return found == parts.end() ? nullptr : &*found;
}

request_parts read_request_parts(std::string_view api, std::string_view body, const part_limits& limits) {
    return request_reader{api, body, limits}.read();
}

request_parts read_request_parts(std::string_view api, std::string_view body, const history_pieces& pieces) {
    return request_reader{api, body, {}, pieces}.read();
}

std::vector<request_part> parts_of_element(std::string_view api, std::string_view text,
                                           std::string_view element) {
    part_maker made{text, {}};
    add_message_parts(made, api, 0, element);
    return std::move(made.made().parts);
}

excerpt part_text(std::string_view body, const request_part& part, std::size_t most, std::size_t from) {
    if (part.offset > body.size()) {
        return {};
    }
    const auto json = body.substr(part.offset, part.length);
    std::string text;
    if (json.starts_with('"')) {
        text = string_of(json);
    } else if (part.type == "text" || part.type == "input_text" || part.type == "output_text") {
        text = string_of(read_members(json).find("text"));
    }
    const std::string_view all = text.empty() ? json : std::string_view{text};
    excerpt made;
    made.bytes = all.size();
    const auto begin = text::character_start(all, std::min(from, all.size()));
    const auto end = text::character_start(all, begin + std::min(most, all.size() - begin));
    made.text = std::string{all.substr(begin, end - begin)};
    return made;
}

}  // namespace tapes::read
