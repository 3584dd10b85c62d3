#include "commands/difference_text.hpp"

#include "commands/counted.hpp"
#include "screen/figures.hpp"

#include <tapes/text/visible.hpp>

#include <algorithm>
#include <utility>

namespace tapes::app {

namespace {

constexpr std::size_t hash_shown = 12;

std::string omitted_text(const read::text_piece& piece) {
    if (piece.digest.empty()) {
        return "… " + short_bytes(piece.omitted) +
               (piece.kind == read::change::same ? " the same …" : " more …");
    }
    return "(base64, " + short_bytes(piece.omitted) + ", sha256 " + piece.digest.substr(0, hash_shown) + ")";
}

std::string side_title(const read::block_side& one) {
    auto made = one.media_type.empty() ? std::string{} : one_line(one.media_type) + ", ";
    made += short_bytes(one.bytes);
    return one.digest.empty() ? made : made + ", sha256 " + one.digest.substr(0, hash_shown);
}

std::string title_of_block(const read::block_difference& one) {
    auto made = std::string{read::to_string(one.block)} + (one.tool.empty() ? "" : " " + one_line(one.tool));
    const bool cut = (one.left && one.left->cut) || (one.right && one.right->cut);
    return cut ? made + ", of which the beginning was compared" : made;
}

}  // namespace

std::string title_of(const read::message_side& one) {
    return one_line(one.role) + (one.turn == 0 ? "" : ", turn " + std::to_string(one.turn)) + ", " +
           short_hash(one.hash);
}

void difference_text::write_title(std::string_view text) {
    out_ << look_.cyan() << "@@ " << text << " @@" << look_.plain() << "\n";
}

void difference_text::write_line(read::change kind, const line& parts) {
    const bool removed = kind == read::change::removed;
    const bool same = kind == read::change::same;
    const auto colour = same ? words{""} : removed ? look_.red() : look_.green();
    out_ << colour << (same ? words{"  "} : removed ? words{"- "} : words{"+ "});
    // Where the whole line is new there is nothing to mark.
    const bool marks =
        std::ranges::any_of(parts, [](const segment& one) { return !one.marked && !one.text.empty(); });
    for (const auto& one : parts) {
        if (!one.marked || !marks || one.text.empty()) {
            out_ << one.text;
        } else if (look_.coloured()) {
            out_ << look_.reverse() << one.text << look_.plain() << colour;
        } else {
            out_ << (removed ? words{"[-"} : words{"{+"}) << one.text
                 << (removed ? words{"-]"} : words{"+}"});
        }
    }
    out_ << look_.plain() << "\n";
}

void difference_text::write_rest(read::change kind, std::string_view text) {
    out_ << look_.dim()
         << (kind == read::change::same      ? words{"  "}
             : kind == read::change::removed ? words{"- "}
                                             : words{"+ "})
         << text << look_.plain() << "\n";
}

void difference_text::flush(hunk& from) {
    if (!from.left_line.empty()) {
        from.left.push_back(std::exchange(from.left_line, {}));
    }
    if (!from.right_line.empty()) {
        from.right.push_back(std::exchange(from.right_line, {}));
    }
    if (from.changed) {
        for (const auto& one : from.left) {
            write_line(read::change::removed, one);
        }
        for (const auto& one : from.right) {
            write_line(read::change::added, one);
        }
    } else {
        for (const auto& one : from.left) {
            write_line(read::change::same, one);
        }
    }
    from = {};
}

void difference_text::add_same(hunk& to, const std::string& visible) {
    if (to.left_line.empty() && to.right_line.empty()) {
        flush(to);  // what differs ended with a line
    }
    std::size_t at = 0;
    for (auto end = visible.find('\n'); end != std::string::npos; end = visible.find('\n', at)) {
        const segment part{visible.substr(at, end - at), false};
        to.left_line.push_back(part);
        to.right_line.push_back(part);
        flush(to);
        at = end + 1;
    }
    if (at < visible.size()) {
        const segment part{visible.substr(at), false};
        to.left_line.push_back(part);
        to.right_line.push_back(part);
    }
}

void difference_text::add_changed(std::vector<line>& lines, line& last, const std::string& visible) {
    std::size_t at = 0;
    for (auto end = visible.find('\n'); end != std::string::npos; end = visible.find('\n', at)) {
        last.push_back({visible.substr(at, end - at), true});
        lines.push_back(std::exchange(last, {}));
        at = end + 1;
    }
    if (at < visible.size()) {
        last.push_back({visible.substr(at), true});
    }
}

void difference_text::write(const read::shown_text& from) {
    hunk now;
    for (const auto& piece : from.pieces) {
        if (out_.gone()) {
            return;
        }
        const auto visible = visible_text(piece.text);
        if (piece.kind == read::change::same) {
            add_same(now, visible);
        } else {
            now.changed = true;
            const bool removed = piece.kind == read::change::removed;
            add_changed(removed ? now.left : now.right, removed ? now.left_line : now.right_line, visible);
        }
        if (piece.omitted != 0 && !piece.digest.empty()) {
            auto& last = piece.kind == read::change::removed ? now.left_line : now.right_line;
            last.push_back({omitted_text(piece), true});
        } else if (piece.omitted != 0) {
            flush(now);
            write_rest(piece.kind, omitted_text(piece));
        }
    }
    flush(now);
    if (from.more != 0) {
        write_rest(read::change::same, "… " + counted(from.more, "more piece") + " …");
    }
}

void difference_text::write_values(std::string_view left, std::string_view right) {
    if (!left.empty()) {
        write_line(read::change::removed, {{text::visible(left), false}});
    }
    if (!right.empty()) {
        write_line(read::change::added, {{text::visible(right), false}});
    }
}

void difference_text::write(const read::json_comparison& from) {
    for (const auto& one : from.values) {
        if (out_.gone()) {
            return;
        }
        out_ << "  " << look_.dim()
             << (one.path.empty() ? std::string{"(all of it)"} : text::visible(one.path)) << look_.plain()
             << "\n";
        if (!one.text.pieces.empty()) {
            write(one.text);
            continue;
        }
        const auto cut = [](const read::excerpt& text) { return text.cut() ? text.text + "…" : text.text; };
        write_values(cut(one.left), cut(one.right));
    }
    if (from.values.empty()) {
        write_rest(read::change::same, "the same values, written in another way");
    }
    if (from.more != 0) {
        write_rest(read::change::same, "… " + counted(from.more, "more value") + " …");
    }
}

void difference_text::flush_same() {
    if (same_ != 0) {
        out_ << look_.dim() << "  " << counted(std::exchange(same_, 0), "message") << " the same"
             << look_.plain() << "\n";
    }
}

void difference_text::write_blocks(const read::message_difference& one) {
    for (const auto& block : one.blocks) {
        if (block.kind == read::change::same) {
            continue;
        }
        const bool image = block.block == read::block_kind::image;
        if (one.blocks.size() > 1 || block.block != read::block_kind::text) {
            out_ << look_.yellow() << "  " << title_of_block(block) << look_.plain() << "\n";
        }
        if (image) {
            write_values(block.left ? side_title(*block.left) : "",
                         block.right ? side_title(*block.right) : "");
        }
        block.values.compared ? write(block.values) : write(block.text);
    }
    if (one.more_blocks != 0) {
        write_rest(read::change::same, "… " + counted(one.more_blocks, "more block") + ", not compared …");
    }
    if (one.hidden) {
        write_rest(read::change::same, "they differ in what is not compared");
    }
}

void difference_text::write(const read::message_difference& one) {
    if (one.kind == read::change::same) {
        ++same_;
        return;
    }
    flush_same();
    std::string title;
    if (one.left && one.right) {
        title = title_of(*one.left) + " -> " + title_of(*one.right);
    } else {
        title = std::string{read::to_string(one.kind)} + ": " + title_of(one.left ? *one.left : *one.right);
    }
    write_title(title);
    write_blocks(one);
}

}  // namespace tapes::app
