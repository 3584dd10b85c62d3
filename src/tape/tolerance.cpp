#include <tapes/tape/tolerance.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tapes::tape {
namespace {

/// A row with its patterns. Where a pattern has a group, only what the group holds is replaced.
struct pattern_row {
    tolerance_row row;
    std::array<const char*, 6> patterns;
};

constexpr std::string_view directories_row = "working-directories";
constexpr std::string_view model_row = "model";
constexpr std::uint64_t own_bit = std::uint64_t{1} << 63U;

// Names of days and months in English, as C's locale, JavaScript and RFC 9110 write dates.
#define TAPES_DAY "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
#define TAPES_MONTH "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"

/// A later row sees what the earlier ones have left: a UUID in a path is replaced with its path.
constexpr std::array<pattern_row, 12> rows{{
    // Claude Code's block ends with the text; Codex and OpenCode write elements or lines of these names.
    {{"git-status", "what a client tells of the state of the git tree", true},
     {R"((?s)\bgitStatus:.*)", R"((?s)<git_status>.*?</git_status>)",
      R"((?m)^(?:Current branch|Main branch[^:\n]*|Git user|Recent commits):.*$)",
      R"((?m)^(?: [MADRCU]|[MADRC] |[MADRC]{2}|\?\?|!!) \S+$)", nullptr, nullptr}},
    {{"temporary-paths", "paths below /tmp, /var/tmp, /var/folders, /dev/shm and Windows' Temp", true},
     {R"((?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm)(?:/[^\s"'`<>|;,)\]}\\]*)?)",
      R"((?i)[a-z]:(?:\\{1,2}[^\s"'<>|\\]+)+\\{1,2}temp\\{1,2}[^\s"'<>|;,)\]}]*)", nullptr, nullptr, nullptr,
      nullptr}},
    {{directories_row, "the directory that a client says it works in, wherever it stands", true},
     {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr}},
    {{"uuids", "UUIDs", true},
     {R"((?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)", nullptr, nullptr, nullptr,
      nullptr, nullptr}},
    {{"ids", "ids of providers and clients (call_…, toolu_…, msg_…), long hexadecimal numbers", true},
     {R"(\b(?:call|toolu|srvtoolu|msg|resp|rs|fc|chatcmpl|cmpl|gen|req)[_-][A-Za-z0-9]{16,})",
      // Names in programs begin in the same way (session_manager): without a digit it is none of the others.
      R"(\b(?:call|toolu|srvtoolu|msg|resp|rs|fc|item|chatcmpl|cmpl|req|run|thread|session|sess|conv|file|gen|task|agent|user)[_-][A-Za-z]*\d[A-Za-z0-9-]{6,})",
      R"((?i)\b[0-9a-f]{16,128}\b)",
      // Codex numbers what its shell gives: "Chunk ID: 7789ef".
      R"((?i)\b(?:chunk|session|process|job|task|request|trace) id:? ([0-9a-f]{4,40})\b)", nullptr, nullptr}},
    // gemini-cli tells them of each command that it runs: "Process Group PGID: 22725".
    {{"process-ids", "ids of processes, where something says that they are (PID, PGID)", true},
     {R"((?i)\bp[gp]?ids?\b[:=]? ?(\d{1,10}(?:, ?\d{1,10})*)\b)", nullptr, nullptr, nullptr, nullptr,
      nullptr}},
    {{"commits", "abbreviated git commits, where something says that they are", true},
     {R"((?i)\b(?:commit|head|sha|revision|rev)\b[ :@=]*(?:is )?(?:now )?(?:at )?\b([0-9a-f]{7,40})\b)",
      R"((?m)^([0-9a-f]{7,12}) )", nullptr, nullptr, nullptr, nullptr}},
    {{"dates", "dates, also with a time: ISO 8601, RFC 9110, as words", true},
     {R"(\b\d{4}-\d{2}-\d{2}(?:[T _]\d{2}[:.-]\d{2}(?:[:.-]\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?)",
      "(?i)\\b(?:" TAPES_DAY ",? )?" TAPES_MONTH
      "\\.? +\\d{1,2}(?:st|nd|rd|th)?,? +(?:\\d{2}:\\d{2}(?::\\d{2})? (?:[A-Z]{3,4} )?)?\\d{4}\\b",
      "(?i)\\b(?:" TAPES_DAY ",? )?\\d{1,2}(?:st|nd|rd|th)?[ -]" TAPES_MONTH
      "\\.?,?[ -]\\d{4}(?: \\d{2}:\\d{2}(?::\\d{2})?(?: (?:GMT|UTC|[+-]\\d{4}))?)?",
      R"(\b\d{1,4}[/.]\d{1,2}[/.]\d{4}\b|\b\d{4}/\d{1,2}/\d{1,2}\b)", "(?i)\\b" TAPES_DAY "day\\b", nullptr}},
    {{"ports", "ports of this machine: 127.0.0.1:40123, localhost:5173", true},
     {R"((?:\b127\.0\.0\.1|\blocalhost|\b0\.0\.0\.0|\[::1?\]):(\d{2,5})\b)", nullptr, nullptr, nullptr,
      nullptr, nullptr}},
    {{"times", "times of day, and seconds or milliseconds since 1970", true},
     {R"((?i)\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\b(?: ?[ap]\.?m\b\.?)?)",
      R"(\b1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?\b)", nullptr, nullptr, nullptr, nullptr}},
    {{"durations", "how long something took: 0.12s, 340 ms", true},
     {R"((?i)\b\d+(?:\.\d+)? ?(?:ns|us|µs|ms|s|secs?|seconds?|milliseconds?)\b)", nullptr, nullptr, nullptr,
      nullptr, nullptr}},
    {{model_row, "the name of the model", false}, {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr}},
}};
#undef TAPES_DAY
#undef TAPES_MONTH

/// How clients introduce the directory that they work in: Claude Code, OpenCode and qwen in a line of their
/// system text, Codex in an element, aider and others in a JSON member.
constexpr const char* directory_pattern =
    R"re((?i)(?:working directory(?: is)?|working in(?: the directory)?|current directory|cwd|workdir|)re"
    R"re(workspace root(?: folder)?)"?\s*[:=>]\s*"?(/[^\s"'`<>|;,)\]}\\]+|[A-Z]:\\[^\s"'`<>|;,)\]}]+))re";

const std::array<tolerance_row, rows.size()>& public_rows() {
    static const auto made = [] {
        std::array<tolerance_row, rows.size()> all{};
        std::ranges::transform(rows, all.begin(), &pattern_row::row);
        return all;
    }();
    return made;
}

std::string all_names() {
    std::string text;
    for (const auto& one : rows) {
        text.append(text.empty() ? "" : ", ").append(one.row.name);
    }
    return text;
}

std::unique_ptr<re2::RE2> compile(const std::string& pattern) {
    re2::RE2::Options settings{re2::RE2::Quiet};
    settings.set_max_mem(std::int64_t{32} << 20);
    auto made = std::make_unique<re2::RE2>(pattern, settings);
    if (!made->ok()) {
        throw std::invalid_argument{"--ignore-pattern " + pattern +
                                    " is no pattern of RE2: " + made->error()};
    }
    return made;
}

/// Replaces what the pattern matches, or its first group holds, by `mark`. Returns whether there was any.
bool replace_all(const re2::RE2& pattern, std::string_view mark, std::string& text) {
    const bool has_group = pattern.NumberOfCapturingGroups() > 0;
    const re2::StringPiece whole{text};
    std::array<re2::StringPiece, 2> found;
    std::string out;
    std::size_t at = 0;
    std::size_t taken = 0;
    bool any = false;
    while (at <= text.size() &&
           pattern.Match(whole, at, text.size(), re2::RE2::UNANCHORED, found.data(), 2)) {
        const auto& part = has_group && found[1].data() != nullptr ? found[1] : found[0];
        const auto begin = static_cast<std::size_t>(part.data() - text.data());
        const auto end = static_cast<std::size_t>(found[0].data() - text.data()) + found[0].size();
        if (found[0].empty()) {
            at = end + 1;
            continue;
        }
        out.append(text, taken, begin - taken).append(mark);
        taken = begin + part.size();
        at = std::max(end, taken);
        any = true;
    }
    if (any) {
        out.append(text, taken);
        text = std::move(out);
    }
    return any;
}

bool replace_directories(const directory_list& known, std::string& text) {
    bool any = false;
    for (const auto& directory : known) {
        std::string out;
        std::size_t taken = 0;
        for (auto at = text.find(directory); at != std::string::npos; at = text.find(directory, taken)) {
            out.append(text, taken, at - taken).append("<working-directories>");
            taken = at + directory.size();
            any = true;
        }
        if (taken > 0) {
            text = out.append(text, taken);
        }
    }
    return any;
}

}  // namespace

struct tolerance::parts {
    struct chosen_row {
        std::size_t index;
        std::string mark;
        std::vector<std::unique_ptr<re2::RE2>> patterns;
    };
    std::vector<chosen_row> chosen;
    std::vector<std::unique_ptr<re2::RE2>> own;
    std::unique_ptr<re2::RE2> directory;  ///< null: they are not looked past
};

std::span<const tolerance_row> tolerance_rows() noexcept {
    return public_rows();
}

tolerance::tolerance(const tolerance_choice& choice) : parts_{std::make_unique<parts>()} {
    const auto is_named = [&](std::string_view name) {
        return std::ranges::find(choice.names, name) != choice.names.end();
    };
    for (const auto& name : choice.names) {
        const bool known = name == "usual" || name == "none" ||
                           std::ranges::any_of(rows, [&](const auto& one) { return one.row.name == name; });
        if (!known) {
            throw std::invalid_argument{"--ignore " + name + ": there is nothing of that name; there are " +
                                        all_names() + ", usual and none"};
        }
    }
    if (is_named("none") && choice.names.size() > 1) {
        throw std::invalid_argument{"--ignore none cannot be combined with other names"};
    }
    const bool usual = choice.names.empty() || is_named("usual");
    for (const auto& pattern : choice.patterns) {
        parts_->own.push_back(compile(pattern));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!is_named(rows[i].row.name) && !(usual && rows[i].row.usual)) {
            continue;
        }
        auto& row = parts_->chosen.emplace_back();
        row.index = i;
        row.mark = "<" + std::string{rows[i].row.name} + ">";
        for (const auto* const pattern : rows[i].patterns) {
            if (pattern != nullptr) {
                row.patterns.push_back(compile(pattern));
            }
        }
        if (rows[i].row.name == directories_row) {
            parts_->directory = compile(directory_pattern);
        }
    }
}

tolerance::~tolerance() = default;
tolerance::tolerance(tolerance&&) noexcept = default;

bool tolerance::empty() const noexcept {
    return parts_->chosen.empty() && parts_->own.empty();
}

bool tolerance::has(std::string_view name) const noexcept {
    return std::ranges::any_of(parts_->chosen,
                               [&](const auto& one) { return rows[one.index].row.name == name; });
}

void tolerance::learn(std::string_view text, directory_list& known) const {
    if (!parts_->directory) {
        return;
    }
    re2::StringPiece rest{text.data(), text.size()};
    re2::StringPiece found;
    while (known.size() < most_directories && re2::RE2::FindAndConsume(&rest, *parts_->directory, &found)) {
        std::string directory{found.data(), found.size()};
        while (directory.size() > 1 && (directory.ends_with('/') || directory.ends_with('.'))) {
            directory.pop_back();
        }
        if (directory.size() > 1 && std::ranges::find(known, directory) == known.end()) {
            known.push_back(std::move(directory));
        }
    }
    // The longest first: one may lie within another.
    std::ranges::sort(known, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string tolerance::apply(std::string text, const directory_list& known, std::uint64_t* used) const {
    std::uint64_t bits = 0;
    for (const auto& pattern : parts_->own) {
        bits |= replace_all(*pattern, "<>", text) ? own_bit : 0;
    }
    // First, for the directory may be a temporary one.
    if (parts_->directory && replace_directories(known, text)) {
        const auto row =
            std::ranges::find(rows, directories_row, [](const auto& one) { return one.row.name; });
        bits |= std::uint64_t{1} << static_cast<std::size_t>(row - rows.begin());
    }
    for (const auto& row : parts_->chosen) {
        for (const auto& pattern : row.patterns) {
            bits |= replace_all(*pattern, row.mark, text) ? std::uint64_t{1} << row.index : 0;
        }
    }
    if (used != nullptr) {
        *used |= bits;
    }
    return text;
}

std::string tolerance::names_of(std::uint64_t used) {
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if ((used >> i & 1U) != 0) {
            text.append(text.empty() ? "" : ", ").append(rows[i].row.name);
        }
    }
    if ((used & own_bit) != 0) {
        text.append(text.empty() ? "" : ", ").append("patterns of your own");
    }
    return text;
}

}  // namespace tapes::tape
