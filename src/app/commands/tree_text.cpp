#include "commands/tree_text.hpp"

#include "commands/counted.hpp"
#include "commands/moments.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/width.hpp>

#include <algorithm>
#include <cstdlib>
#include <variant>

namespace tapes::app {

namespace {

constexpr std::size_t hash_length = 12;
constexpr std::size_t short_hash_length = 8;
constexpr std::size_t least_words = 12;  ///< columns, before other columns go
constexpr std::size_t deepest_drawn = 24;

/// Columns of a branch's line, the last of which go first where it is too narrow.
std::string columns_of(const read::tree_branch& one, bool model, std::size_t room) {
    const auto count = (one.turns == 0 ? counted(one.nodes, "node") : counted(one.turns, "turn")) +
                       (one.made_by ? ", " + std::string{catalogue::to_string(*one.made_by)} : "");
    const auto hash = merkle::to_hex(one.hash);
    const auto wide = [&](std::size_t level) {
        std::string made = count + "  " + hash.substr(0, level == 0 ? short_hash_length : hash_length);
        made += level < 2 ? "" : "  " + shown_moment(one.last_at_us);
        return made + (level < 3 || !model || one.model.empty() ? "" : "  " + one_line(one.model));
    };
    for (std::size_t level = 3; level > 0; --level) {
        auto made = wide(level);
        if (room == 0 || text::width_of(made) + 2 + least_words <= room) {
            return made;
        }
    }
    return wide(0);
}

}  // namespace

bool locale_has_unicode() {
    for (const auto* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            const std::string_view text{value};
            const auto dot = text.find('.');
            const auto set =
                dot == std::string_view::npos ? text : text.substr(dot + 1, text.find('@') - dot - 1);
            return text::equal_ignoring_case(set, "utf-8") || text::equal_ignoring_case(set, "utf8");
        }
    }
    return false;
}

void tree_text::write(const read::tree_entry& one) {
    std::visit([this](const auto& entry) { write(entry); }, one);
}

void tree_text::set_rail(std::size_t level, bool goes_on) {
    rails_.resize(level + 1, false);
    rails_[level] = goes_on;
}

std::size_t tree_text::write_rails(std::size_t level, bool ends_here) {
    const auto drawn = std::min(level, deepest_drawn);
    out_ << to_.look.dim();
    for (std::size_t i = 0; i < drawn; ++i) {
        const bool rail = i < rails_.size() && rails_[i];
        if (ends_here && i + 1 == drawn) {
            out_ << (rail ? (unicode_ ? words{"├─"} : words{"|-"}) : (unicode_ ? words{"└─"} : words{"`-"}));
        } else {
            out_ << (rail ? (unicode_ ? words{"│ "} : words{"| "}) : words{"  "});
        }
    }
    std::size_t width = 2 * drawn;
    if (level > drawn) {
        const auto depth = "+" + std::to_string(level - drawn) + " ";
        out_ << depth;
        width += depth.size();
    }
    out_ << to_.look.plain();
    return width;
}

void tree_text::write(const read::tree_thread& one) {
    rails_.resize(std::max(rails_.size(), one.level), false);
    const auto width = write_rails(one.level, true);
    auto line = "thread " + std::to_string(one.number) + " (" +
                std::string{catalogue::to_string(one.thread.kind)} + ")  " +
                counted(one.thread.turns, "turn");
    if (one.continues_number != 0) {
        line += ", goes on from a summary of thread " + std::to_string(one.continues_number);
    }
    line += one.thread.model.empty() ? "" : "  " + one_line(one.thread.model);
    model_ = one.thread.model;
    out_ << to_.look.yellow()
         << fitted(line, to_.width == 0 ? 0 : std::max(to_.width, width + least_words) - width)
         << to_.look.plain() << "\n";
    set_rail(one.level, false);
}

void tree_text::write(const read::tree_branch& one) {
    const bool aside = !one.last && one.above != 0 && one.level > 0;
    const auto width = write_rails(one.level, aside) + 2;
    out_ << (one.current ? to_.look.green() : to_.look.dim())
         << (one.current ? (unicode_ ? words{"● "} : words{"* "}) : (unicode_ ? words{"○ "} : words{"o "}))
         << to_.look.plain();
    const auto room = to_.width == 0 ? 0 : std::max(to_.width, width + least_words) - width;
    const auto columns = columns_of(one, one.model != model_, room);
    out_ << to_.look.dim() << columns << to_.look.plain();
    const auto left = to_.width == 0 ? 0 : room - std::min(room, text::width_of(columns) + 2);
    if (!one.words.empty() && left != 1) {
        out_ << "  " << fitted(one_line(one.words), left);
    }
    out_ << "\n";
    set_rail(one.level, one.branches != 0);
    if (one.branches != 0) {
        const auto rails = write_rails(one.level + 1, false);
        auto line = "fork: " + std::to_string(one.branches) + " branches";
        line += one.cause ? ", the newest by " + std::string{catalogue::to_string(*one.cause)} : "";
        out_ << to_.look.yellow()
             << fitted(line, to_.width == 0 ? 0 : std::max(to_.width, rails + least_words) - rails);
        out_ << to_.look.plain() << "\n";
    }
}

}  // namespace tapes::app
