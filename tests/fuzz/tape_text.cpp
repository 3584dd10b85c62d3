// What a tape compares: two texts, the input up to its first NUL and what stands behind that, without what is
// looked past; and what is said of them where they differ.
#include "fuzz.hpp"
#include "loose_text.hpp"
#include "miss.hpp"

#include <tapes/tape/tolerance.hpp>
#include <tapes/text/utf8.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace {

using namespace tapes;

tape::tolerance all_rows() {
    tape::tolerance_choice choice;
    for (const auto& row : tape::tolerance_rows()) {
        choice.names.emplace_back(row.name);
    }
    choice.patterns = {R"(ticket \d+)", "x*"};
    return tape::tolerance{choice};
}

const tape::tolerance& everything() {
    static const auto made = all_rows();
    return made;
}
const tape::tolerance& nothing() {
    static const tape::tolerance made{{{"none"}, {}}};
    return made;
}
const tape::tolerance& ids_alone() {
    static const tape::tolerance made{{{"uuids"}, {}}};
    return made;
}

void check_tolerance(std::string_view text) {
    const std::string whole{text};
    tape::directory_list known;
    everything().learn(text, known);
    fuzz::require(known.size() <= tape::tolerance::most_directories, "few directories are known");
    for (std::size_t i = 0; i < known.size(); ++i) {
        fuzz::require(known[i].size() > 1 && text.find(known[i]) != std::string_view::npos,
                      "a directory stands in the text");
        fuzz::require(i == 0 || known[i - 1].size() >= known[i].size(), "the longest comes first");
    }
    std::uint64_t used = 0;
    const auto made = everything().apply(whole, known, &used);
    fuzz::require(used != 0 || made == whole, "what is looked past is told");
    fuzz::require((used == 0) == tape::tolerance::names_of(used).empty(), "each row has a name");
    fuzz::require(everything().apply(whole, known) == made, "the same text is always compared as the same");
    used = 0;
    fuzz::require(nothing().apply(whole, known, &used) == whole && used == 0, "nothing is looked past");
}

/// Texts that differ in an id alone are the same, wherever it stands.
void check_ids(std::string_view before, std::string_view behind) {
    const auto with = [&](std::string_view id) {
        std::string made{before};
        made.append(" ").append(id).append(" ").append(behind);
        return ids_alone().apply(std::move(made), {});
    };
    fuzz::require(
        with("0191e9a2-7c1b-7d3e-8f4a-0123456789ab") == with("ffffe9a2-1111-4d3e-8f4a-ffff56789abc"),
        "an id is looked past");
}

void check_bodies(std::string_view body) {
    const auto canonical = tape::canonical_body(body);
    fuzz::require(tape::loose_body(canonical, nothing()) == canonical, "nothing is looked past in a body");
    (void)tape::loose_body(canonical, everything());
    const auto bare = tape::without_keys(std::string{body});
    fuzz::require(bare.size() <= body.size(), "keys are taken out, and nothing is put in");
    tape::directory_list known;
    const auto stored = tape::loose_text(tape::stored_text{"user", "openai", body}, everything(), known);
    fuzz::require(!stored || stored->starts_with("user\n"), "a message begins with its role");
}

std::size_t common(std::string_view left, std::string_view right) {
    const auto most = std::min(left.size(), right.size());
    std::size_t same = 0;
    while (same < most && left[same] == right[same]) {
        ++same;
    }
    return same;
}

void check_words(std::string_view words) {
    constexpr std::size_t most_bytes = 1200;  // some hundred, each of which may be shown as its number
    fuzz::require(words.size() <= most_bytes, "some words are told");
    for (const char c : words) {
        fuzz::require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "they stand on one line");
    }
    fuzz::require(text::valid_utf8(words), "no character is cut");
}

void check_difference(std::string_view recorded, std::string_view asked) {
    const auto told = tape::first_difference(recorded, asked, common(recorded, asked));
    check_words(told.recorded);
    check_words(told.asked);
    const auto turned = tape::first_difference(asked, recorded, common(recorded, asked));
    fuzz::require(turned.recorded == told.asked && turned.asked == told.recorded,
                  "it is the same the other way round");
    for (const auto* const path : {"/v1/messages", "/api/chat", "/v1beta/models/m:generateContent", "/x"}) {
        const auto body = nlohmann::json::parse(tape::miss_body(nullptr, path, asked), nullptr, false);
        fuzz::require(body.is_object() && body.contains("error"), "a miss is an error of its API");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto all = fuzz::text_of(data, size);
    const auto end = std::min(all.find('\0'), all.size());
    const auto recorded = all.substr(0, end);
    const auto asked = all.substr(std::min(end + 1, all.size()));
    check_tolerance(all);
    check_ids(recorded, asked);
    check_bodies(recorded);
    check_difference(recorded, asked);
    return 0;
}
