#include "prices/model_name.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

namespace tapes::read {
namespace {

constexpr std::array<std::string_view, 15> known_segments{
    "anthropic", "openai",     "azure",  "azure_ai",   "bedrock",       "converse", "invoke", "vertex",
    "vertex_ai", "publishers", "models", "openrouter", "litellm_proxy", "google",   "gemini",
};

// Amazon Bedrock: identifiers of cross-region inference profiles begin with a geography.
constexpr std::array<std::string_view, 9> bedrock_regions{"us.", "us-gov.", "eu.", "apac.",  "jp.",
                                                          "au.", "ca.",     "sa.", "global."};
constexpr std::array<std::string_view, 2> bedrock_makers{"anthropic.", "openai."};

std::string_view without_segments(std::string_view name) {
    if (name.starts_with("arn:aws")) {
        return name.substr(name.rfind('/') + 1);
    }
    for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/')) {
        const auto segment = name.substr(0, slash);
        if (std::find(known_segments.begin(), known_segments.end(), segment) == known_segments.end()) {
            break;
        }
        name.remove_prefix(slash + 1);
    }
    return name;
}

std::string_view without_version(std::string_view name) {
    auto rest = name;
    if (const auto colon = rest.rfind(':'); colon != std::string_view::npos) {
        const auto number = rest.substr(colon + 1);
        if (number.empty() || !std::all_of(number.begin(), number.end(), text::is_digit)) {
            return name;
        }
        rest = rest.substr(0, colon);
    }
    const auto digits = rest.find_last_not_of("0123456789");
    const bool version = digits != std::string_view::npos && digits + 1 < rest.size() && digits >= 1 &&
                         rest.substr(digits - 1, 2) == "-v";
    return version ? rest.substr(0, digits - 1) : name;
}

std::string_view without_bedrock(std::string_view name) {
    auto rest = name;
    for (const auto region : bedrock_regions) {
        if (rest.starts_with(region)) {
            rest.remove_prefix(region.size());
            break;
        }
    }
    for (const auto maker : bedrock_makers) {
        if (rest.starts_with(maker)) {
            return without_version(rest.substr(maker.size()));
        }
    }
    return name;
}

}  // namespace

std::string plain_model_name(std::string_view name) {
    std::string small{name};
    std::transform(small.begin(), small.end(), small.begin(), text::to_lower);
    std::string_view rest = without_bedrock(without_segments(small));
    constexpr std::string_view long_context = "[1m]";
    if (rest.ends_with(long_context)) {
        rest.remove_suffix(long_context.size());
    }
    constexpr std::string_view any_version = "@default";
    if (rest.ends_with(any_version)) {
        rest.remove_suffix(any_version.size());
    }
    std::string plain{rest};
    if (plain.starts_with("claude-")) {
        for (std::size_t at = 1; at + 1 < plain.size(); ++at) {
            const bool dot = plain[at] == '.' && text::is_digit(plain[at - 1]);
            if ((dot || plain[at] == '@') && text::is_digit(plain[at + 1])) {
                plain[at] = '-';
            }
        }
    }
    return plain;
}

bool model_matches(std::string_view pattern, std::string_view name) noexcept {
    std::size_t in_pattern = 0;
    std::size_t in_name = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken = 0;  // where the name goes on behind what the last star stands for
    while (in_name < name.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            taken = in_name;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == name[in_name]) {
            ++in_pattern;
            ++in_name;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            in_name = ++taken;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
        ++in_pattern;
    }
    return in_pattern == pattern.size();
}

}  // namespace tapes::read
