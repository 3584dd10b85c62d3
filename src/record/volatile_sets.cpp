#include <tapes/record/volatile_sets.hpp>

#include <algorithm>

namespace tapes::record {

namespace {

/// Writes the pattern as one line that is not empty and means the same.
std::string line_of(const std::string& pattern) {
    std::string line;
    for (const char c : pattern) {
        c == '\n' ? line.append("\\n") : line.append(1, c);
    }
    return line.empty() ? "(?:)" : line;
}

}  // namespace

std::vector<std::vector<std::string>> volatile_sets(std::string_view note) {
    std::vector<std::vector<std::string>> sets;
    bool begins = true;
    while (!note.empty()) {
        const auto line = note.substr(0, note.find('\n'));
        note.remove_prefix(std::min(note.size(), line.size() + 1));
        if (line.empty()) {
            begins = true;
            continue;
        }
        if (begins) {
            sets.emplace_back();
            begins = false;
        }
        sets.back().emplace_back(line);
    }
    return sets;
}

std::vector<std::vector<std::string>> possible_volatile_sets(std::string_view note,
                                                             const std::vector<std::string>& present) {
    auto sets = volatile_sets(note);
    std::erase(sets, present);
    sets.insert(sets.begin(), present);
    if (!present.empty()) {
        sets.emplace_back();  // before there were any
    }
    return sets;
}

std::string with_volatile_set(std::string note, const std::vector<std::string>& patterns) {
    std::vector<std::string> set;
    std::ranges::transform(patterns, std::back_inserter(set), line_of);
    const auto known = volatile_sets(note);
    if (set.empty() || std::ranges::find(known, set) != known.end()) {
        return note;
    }
    note.append(note.empty() ? "" : "\n");
    for (const auto& line : set) {
        note.append(line).append("\n");
    }
    return note;
}

}  // namespace tapes::record
