// Gemini's generateContent and streamGenerateContent: an object, events, or an array of objects.
#include "gemini.hpp"

#include "answers.hpp"
#include "tool_calls.hpp"

#include <tapes/text/hex.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::mock {
namespace gemini {
namespace {

/// A signature, in the standard alphabet of base64.
std::string signature_of(std::string_view text) {
    return "Ev+/" + text::to_hex(hash_of(text)) + text::to_hex(hash_of(std::string{text} + "signed"));
}

/// What one answer says: the parts of a candidate as a one-shot answer has them.
struct plan {
    json parts = json::array();
    json grounding;
    std::string reason = "STOP";
    std::size_t thought_bytes = 0;
    std::size_t text_bytes = 0;
};

void add_thought(plan& to, const request& from) {
    const std::string thought =
        "**Repeating** The user wants me to answer: " + from.text.substr(0, character_end(from.text, 60));
    to.thought_bytes = thought.size();
    to.parts.push_back({{"text", thought}, {"thought", true}});
}

void add_calls(plan& to, std::vector<tool_call> calls) {
    for (auto& call : calls) {
        json part{{"functionCall",
                   {{"name", call.name}, {"args", std::move(call.arguments)}, {"id", "fc_" + call.id}}}};
        // Of calls that are made at once the first is signed.
        if (&call == &calls.front()) {
            part["thoughtSignature"] = signature_of(call.id);
        }
        to.text_bytes += dump(part).size();
        to.parts.push_back(std::move(part));
    }
}

void add_code(plan& to, const request& from) {
    const auto id = text::to_hex(hash_of(from.text)).substr(0, 8);
    to.parts.push_back(
        {{"executableCode", {{"language", "PYTHON"}, {"code", "print('tapes')\n"}, {"id", id}}}});
    to.parts.push_back(
        {{"codeExecutionResult", {{"outcome", "OUTCOME_OK"}, {"output", "tapes\n"}, {"id", id}}}});
}

plan make_plan(const request& from, const shape& wanted) {
    plan out;
    if (wanted.refusal) {
        out.reason = "SAFETY";
        return out;
    }
    if (from.thinking || wanted.thinking) {
        add_thought(out, from);
    }
    if (auto calls = choose_calls(from, wanted); !calls.empty()) {
        add_calls(out, std::move(calls));
        return out;
    }
    if (from.runs_code) {
        add_code(out, from);
    }
    const auto text = shaped(echo_of(from), wanted);
    out.text_bytes = text.size();
    out.parts.push_back({{"text", text}});
    if (from.thinking || wanted.thinking) {
        out.parts.back()["thoughtSignature"] = signature_of(text);
    }
    if (from.searches_web) {
        out.grounding = {{"webSearchQueries", {from.text}},
                         {"groundingChunks",
                          json::array({{{"web", {{"uri", "https://example.com/"}, {"title", "Example"}}}}})}};
    }
    return out;
}

/// Writes an answer in the form that was asked for.
class writer {
public:
    writer(const request& from, const shape& wanted, std::uint64_t number, std::size_t bytes, answer& out)
        : from_{from}, wanted_{wanted}, plan_{make_plan(from, wanted)}, bytes_{bytes}, out_{out} {
        id_ = text::to_hex(hash_of(from.prompt + std::to_string(number)));
    }

    void write() {
        out_.stream = from_.stream;
        if (!from_.stream) {
            out_.body = dump(enveloped(whole()));
            return;
        }
        out_.type = from_.in_events ? std::string_view{"text/event-stream"} : answer::json;
        for (const auto& part : plan_.parts) {
            stream_part(part);
        }
        chunk(json::array({{{"text", ""}}}), true);
        if (!from_.in_events) {
            out_.body.append("\n]");
            out_.ends.back() = out_.body.size();
        }
    }

private:
    json whole() {
        json candidates = json::array();
        for (int index = 0; index < from_.candidates; ++index) {
            candidates.push_back(candidate(plan_.parts, true, index));
        }
        return object(std::move(candidates), true);
    }

    json candidate(const json& parts, bool last, int index) const {
        json made = json::object();
        if (!parts.empty()) {
            made["content"] = {{"parts", parts}, {"role", "model"}};
        }
        if (last) {
            made["finishReason"] = plan_.reason;
        }
        made["index"] = index;
        if (last && plan_.reason == "SAFETY") {
            made["safetyRatings"] = json::array({{{"category", "HARM_CATEGORY_DANGEROUS_CONTENT"},
                                                  {"probability", "HIGH"},
                                                  {"blocked", true}}});
        }
        if (last && !plan_.grounding.is_null()) {
            made["groundingMetadata"] = plan_.grounding;
        }
        return made;
    }

    json object(json candidates, bool last) const {
        return {{"candidates", std::move(candidates)},
                {"usageMetadata", usage(last)},
                {"modelVersion", from_.model},
                {"responseId", id_}};
    }

    /// Of a stream the figures grow with the chunks.
    json usage(bool last) const {
        const auto prompt = bytes_ / 4 + 1;
        const auto cached =
            std::min(prompt, wanted_.cache_read.value_or(from_.cached ? prompt / 1024 * 1024 : 0));
        const auto candidates = (last ? plan_.text_bytes / 4 + 1 : sent_ / 4 + 1) *
                                static_cast<std::size_t>(last ? from_.candidates : 1);
        const auto thoughts = (plan_.thought_bytes + 3) / 4;
        json made{{"promptTokenCount", prompt},
                  {"candidatesTokenCount", candidates},
                  {"totalTokenCount", prompt + candidates + thoughts},
                  {"promptTokensDetails", json::array({{{"modality", "TEXT"}, {"tokenCount", prompt}}})}};
        if (thoughts > 0) {
            made["thoughtsTokenCount"] = thoughts;
        }
        if (cached > 0) {
            made["cachedContentTokenCount"] = cached;
        }
        return made;
    }

    json enveloped(json made) const {
        return from_.in_envelope ? json{{"response", std::move(made)}, {"traceId", id_}} : made;
    }

    /// Text comes in pieces, and its signature behind it in a part of its own; other parts come whole.
    void stream_part(const json& part) {
        const auto text = string_member(part, "text");
        if (text.empty()) {
            chunk(json::array({part}), false);
            return;
        }
        const bool thought = part.contains("thought");
        const auto pieces =
            wanted_.events > 0 && !thought ? static_cast<std::size_t>(wanted_.events) : text.size() / 12 + 1;
        for_pieces(text, pieces, [&](const std::string& piece) {
            json one{{"text", piece}};
            if (thought) {
                one["thought"] = true;
            } else {
                sent_ += piece.size();
            }
            chunk(json::array({one}), false);
        });
        if (part.contains("thoughtSignature")) {
            chunk(json::array({{{"text", ""}, {"thoughtSignature", part["thoughtSignature"]}}}), false);
        }
    }

    void chunk(const json& parts, bool last) {
        json candidates = json::array();
        for (int index = 0; index < from_.candidates; ++index) {
            candidates.push_back(candidate(last && plan_.parts.empty() ? json::array() : parts, last, index));
        }
        const auto made = enveloped(object(std::move(candidates), last));
        if (from_.in_events) {
            out_.body.append("data: ").append(dump(made)).append("\r\n\r\n");
        } else {  // as the service writes it: indented, and the comma stands on a line of its own
            out_.body.append(out_.body.empty() ? "[" : "\n,\r\n")
                .append(made.dump(2, ' ', false, json::error_handler_t::replace));
        }
        out_.ends.push_back(out_.body.size());
    }

    const request& from_;
    const shape& wanted_;
    plan plan_;
    std::size_t bytes_;
    answer& out_;
    std::string id_;
    std::size_t sent_ = 0;  ///< bytes of text so far
};

}  // namespace
}  // namespace gemini

answer gemini_content(std::string_view body, const shape& wanted, std::uint64_t number) {
    answer out;
    try {
        const auto from = gemini::read_request(body, wanted.target);
        if (from.error.empty()) {
            gemini::writer{from, wanted, number, body.size(), out}.write();
            return out;
        }
        out.body = gemini_error_body(400, from.error);
    } catch (const json::exception&) {  // members of other types than they should have
        out = {};
        out.body = gemini_error_body(400, "Invalid JSON payload received.");
    }
    out.status = 400;
    return out;
}

answer gemini_count_tokens(std::string_view body, const shape&, std::uint64_t) {
    answer out;
    const auto tokens = body.size() / 4 + 1;
    out.body = dump({{"totalTokens", tokens},
                     {"promptTokensDetails", json::array({{{"modality", "TEXT"}, {"tokenCount", tokens}}})}});
    return out;
}

std::string gemini_error_body(int status, std::string_view message) {
    static constexpr std::array<std::pair<int, std::string_view>, 8> names{{{400, "INVALID_ARGUMENT"},
                                                                            {401, "UNAUTHENTICATED"},
                                                                            {403, "PERMISSION_DENIED"},
                                                                            {404, "NOT_FOUND"},
                                                                            {429, "RESOURCE_EXHAUSTED"},
                                                                            {499, "CANCELLED"},
                                                                            {503, "UNAVAILABLE"},
                                                                            {504, "DEADLINE_EXCEEDED"}}};
    std::string_view name = status >= 500 ? "INTERNAL" : "FAILED_PRECONDITION";
    for (const auto& [code, known] : names) {
        name = code == status ? known : name;
    }
    return dump({{"error", {{"code", status}, {"message", message}, {"status", name}}}});
}

}  // namespace tapes::mock
