#include "client_wrappings.hpp"

#include <tapes/llm/typed_text.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace tapes::llm {
namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";

std::string_view without_space(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

bool is_client_text(std::string_view text) {
    const auto all = client_texts();
    return std::any_of(all.begin(), all.end(),
                       [&](std::string_view start) { return text.starts_with(start); });
}

/// Finds texts behind a place that only moves forward: each is looked for over the whole text once, however
/// often it is asked for.
class forward_finder {
public:
    explicit forward_finder(std::string_view text) : text_{text} {}

    /// `wanted` must outlive this.
    std::size_t find(std::string_view wanted, std::size_t from) {
        const auto [known, is_new] = found_.try_emplace(wanted, 0);
        if (is_new || known->second < from) {
            known->second = text_.find(wanted, from);
        }
        return known->second;
    }

private:
    std::string_view text_;
    std::unordered_map<std::string_view, std::size_t> found_;
};

struct known_tag {
    const wrapping_tag* tag;
    std::string closing;
};

const known_tag* tag_named(std::string_view name) {
    static const auto names = [] {
        std::unordered_map<std::string_view, known_tag> all;
        for (const auto& one : wrapping_tags()) {
            all.emplace(one.name, known_tag{&one, "</" + std::string{one.name} + ">"});
        }
        return all;
    }();
    const auto found = names.find(name);
    return found == names.end() ? nullptr : &found->second;
}

/// Takes the pieces that a person typed, in their order, as far as there is room.
class typed_pieces {
public:
    explicit typed_pieces(std::size_t most) : most_{most} {}

    void add(std::string_view piece) {
        if (gap_ && !text_.empty()) {
            append(text_, "\n");
        }
        append(text_, text_.empty() ? without_space(piece) : piece);
        gap_ = false;
    }
    void add_command(std::string_view piece) {
        append(commands_, commands_.empty() ? "" : " ");
        append(commands_, without_space(piece));
    }
    /// Says that something stands here that nobody typed.
    void leave_out() noexcept { gap_ = true; }
    /// Forgets what came before.
    void start_over() noexcept {
        text_.clear();
        commands_.clear();
    }

    std::string_view typed() const noexcept {
        const auto text = without_space(text_);
        return text.empty() ? without_space(commands_) : text;
    }

private:
    void append(std::string& to, std::string_view piece) const {
        to += piece.substr(0, most_ - std::min(most_, to.size()));
    }

    std::size_t most_;
    std::string text_, commands_;
    bool gap_ = false;
};

/// Goes through one text from the front.
class wrapping_reader {
public:
    wrapping_reader(std::string_view text, typed_pieces& pieces)
        : text_{text}, pieces_{pieces}, finder_{text}, start_{text.find_first_not_of(white_space)} {}

    void read() {
        // What tags, and the spans of the table, begin with.
        constexpr std::string_view marks = "<[#C";
        std::size_t at = 0;
        while ((at = text_.find_first_of(marks, at)) != std::string_view::npos) {
            at = take_closing(at) || take_span(at) || take_tag(at) ? typed_from_ : at + 1;
        }
        add_typed(text_.size());
    }

private:
    /// Adds what was typed since, up to `end`.
    void add_typed(std::size_t end) {
        const auto piece = text_.substr(typed_from_, end - typed_from_);
        if (!piece.empty() && (!only_within_ || within_)) {
            pieces_.add(piece);
        }
    }

    void leave_out(std::size_t at, std::size_t behind) {
        add_typed(at);
        pieces_.leave_out();
        typed_from_ = behind;
        within_ = within_ && behind <= end_of_within_;
    }

    bool take_span(std::size_t at) {
        for (const auto& span : wrapping_spans()) {
            if (text_.substr(at).starts_with(span.begin)) {
                const auto end = finder_.find(span.end.empty() ? "\n" : span.end, at + span.begin.size());
                if (end != std::string_view::npos || span.end.empty()) {
                    leave_out(at, end == std::string_view::npos ? text_.size() : end + span.end.size());
                    return true;
                }
            }
        }
        return false;
    }

    /// Leaves out the closing tag of what was typed.
    bool take_closing(std::size_t at) {
        if (closings_.empty() || closings_.erase(at) == 0) {
            return false;
        }
        leave_out(at, text_.find('>', at) + 1);
        return true;
    }

    bool take_tag(std::size_t at) {
        if (text_[at] != '<' || at + 1 == text_.size() || !text::is_letter(text_[at + 1])) {
            return false;
        }
        const auto end_of_name = std::min(text_.find_first_not_of(name_characters, at + 1), text_.size());
        const auto* const known = tag_named(text_.substr(at + 1, end_of_name - at - 1));
        if (known == nullptr || end_of_name == text_.size() || (known->tag->only_at_start && at != start_)) {
            return false;
        }
        const bool attributes = text::is_one_of(text_[end_of_name], white_space);
        const auto end = finder_.find(">", end_of_name);
        if (end == std::string_view::npos || end - end_of_name > longest_attributes ||
            (attributes ? false : end != end_of_name || known->tag->only_with_attributes)) {
            return false;
        }
        const auto closing = finder_.find(known->closing, end);
        if (closing == std::string_view::npos) {
            return false;
        }
        open(*known, at, end + 1, closing);
        return true;
    }

    void open(const known_tag& known, std::size_t at, std::size_t inside, std::size_t closing) {
        switch (known.tag->kind) {
            case wrapping_kind::theirs:
                leave_out(at, closing + known.closing.size());
                break;
            case wrapping_kind::command:
                leave_out(at, closing + known.closing.size());
                if (!only_within_ || within_) {
                    pieces_.add_command(text_.substr(inside, closing - inside));
                }
                break;
            case wrapping_kind::all:
                if (!only_within_) {
                    pieces_.start_over();
                    typed_from_ = at;
                }
                leave_out(at, inside);
                closings_.insert(closing);
                if (!within_) {
                    end_of_within_ = closing;
                }
                only_within_ = within_ = true;
                break;
            case wrapping_kind::typed:
                leave_out(at, inside);
                closings_.insert(closing);
                break;
        }
    }

    static constexpr std::string_view name_characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    static constexpr std::size_t longest_attributes = 4096;

    std::string_view text_;
    typed_pieces& pieces_;
    forward_finder finder_;
    std::size_t start_;
    std::size_t typed_from_ = 0;
    std::unordered_set<std::size_t> closings_;  ///< of tags around what was typed
    bool only_within_ = false;                  ///< there was a tag around all that was typed
    bool within_ = false;                       ///< and this is in one,
    std::size_t end_of_within_ = 0;             ///< which ends here
};

void read_typed(std::string_view text, typed_pieces& pieces) {
    text::count_work(text.size());
    text = without_space(text);
    if (is_client_text(text)) {
        return;
    }
    for (const auto& preamble : client_preambles()) {
        const auto end = text.starts_with(preamble.begin) ? text.find(preamble.end) : std::string_view::npos;
        if (end != std::string_view::npos) {
            text.remove_prefix(end + preamble.end.size());
        }
    }
    for (const auto tail : client_tails()) {
        text = text.substr(0, text.find(tail));
    }
    wrapping_reader{text, pieces}.read();
}

bool is_space(char32_t point) noexcept {
    // Also controls, and the byte order mark.
    return point <= 0x20 || (point >= 0x7f && point <= 0xa0) || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f ||
           point == 0x205f || point == 0x3000 || point == 0xfeff;
}

/// Returns true for tags with nothing between them.
bool is_empty_markup(std::string_view line) {
    while (line.starts_with('<') && line.find('>') != std::string_view::npos) {
        line.remove_prefix(line.find('>') + 1);
        line = without_space(line);
    }
    return line.empty();
}

std::string title_of(const typed_pieces& pieces) {
    auto line = one_line(pieces.typed());
    return is_empty_markup(line) ? std::string{} : line;
}

/// How many letters and signs of ASCII a text begins with, which stand in a title as they are.
std::size_t plain_run(std::string_view text) {
    const auto end = std::ranges::find_if(text, [](char c) { return c <= ' ' || c >= '\x7f'; });
    return static_cast<std::size_t>(end - text.begin());
}

/// More than a title needs, whatever white space is in it.
constexpr std::size_t enough_for_title = 16 * title_bytes;

}  // namespace

std::string one_line(std::string_view text) {
    std::string line;
    bool space = false;
    while (!text.empty()) {
        if (const auto plain = plain_run(text); plain != 0) {
            const auto used = line.size() + (space ? 1 : 0);
            if (used >= title_bytes) {
                break;
            }
            line.append(space ? 1 : 0, ' ');
            line += text.substr(0, std::min(plain, title_bytes - used));
            space = false;
            text.remove_prefix(plain);
            continue;
        }
        const auto part = text::first_utf8(text);
        if (is_space(part.point)) {
            space = !line.empty();
        } else {
            const auto before = line.size();
            line.append(space ? 1 : 0, ' ');
            text::append_code_point(line, part.point);
            if (line.size() > title_bytes) {
                line.resize(before);
                break;
            }
            space = false;
        }
        text.remove_prefix(part.size);
    }
    return line;
}

std::string typed_text(std::string_view text) {
    typed_pieces pieces{std::string_view::npos};
    read_typed(text, pieces);
    return std::string{pieces.typed()};
}

std::string title_of(std::string_view text) {
    typed_pieces pieces{enough_for_title};
    read_typed(text, pieces);
    return title_of(pieces);
}

std::string title_of(const std::vector<merkle::block>& content) {
    typed_pieces pieces{enough_for_title};
    for (const auto& block : content) {
        if (block.type == "text") {
            pieces.leave_out();
            read_typed(block.text, pieces);
        }
    }
    return title_of(pieces);
}

}  // namespace tapes::llm
