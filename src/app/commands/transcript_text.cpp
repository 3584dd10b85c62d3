#include "commands/transcript_text.hpp"

#include "commands/counted.hpp"
#include "commands/moments.hpp"
#include "screen/figures.hpp"

#include <tapes/capture/ending.hpp>
#include <tapes/catalogue/names.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/width.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

namespace tapes::app {

namespace {

constexpr std::size_t uuid_digits = 18;  ///< to the end of what counts within a millisecond (RFC 9562 §6.2)
constexpr std::size_t margin = 2;
constexpr std::size_t unbounded_line = 200;  ///< columns of a note where no terminal cuts it

std::size_t line_count(std::string_view text) {
    const auto newlines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    return newlines + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

/// "12 lines, 1.2 KB: what the first line says"
std::string outline_of(const read::excerpt& text) {
    if (text.bytes == 0) {
        return "nothing";
    }
    const auto lines = line_count(text.text);
    auto made = text.cut() ? std::string{} : lines > 1 ? counted(lines, "line") + ", " : std::string{};
    const auto first = one_line(std::string_view{text.text}.substr(0, text.text.find('\n')));
    const bool all = !text.cut() && lines == 1;
    return all ? first : made + short_bytes(text.bytes) + (first.empty() ? "" : ": " + first);
}

std::string outline_of_image(const read::block& image) {
    std::string made = image.media_type.empty() ? "image" : image.media_type;
    if (image.image_bytes != 0) {
        made += ", " + short_bytes(image.image_bytes);
    }
    return image.text.text.empty() ? made : made + ", " + one_line(image.text.text);
}

std::string usage_of(const catalogue::token_sums& tokens) {
    std::string made = grouped(tokens.context()) + " in";
    if (tokens.cache_read != 0) {
        made += " (" + share_of(tokens.cache_read, tokens.context()) + " cached)";
    }
    made += ", " + grouped(tokens.output) + " out";
    return tokens.reasoning == 0 ? made : made + " (" + grouped(tokens.reasoning) + " reasoning)";
}

/// One line: which it was, what it used, how it ended.
std::string outline_of(const read::exchange& one) {
    std::string made;
    if (!one.drop_reason.empty()) {
        made = (capture::is_about_earlier(one.drop_reason) ? "" : "no turn: ") + one.drop_reason + ", ";
    }
    made += one.id.substr(0, uuid_digits) + ", " + shown_moment(one.accepted_at_us);
    const auto add = [&made](const std::string& part) { made += part.empty() ? "" : ", " + part; };
    if (one.last_byte_at_us > one.accepted_at_us) {
        add(short_duration(one.last_byte_at_us - one.accepted_at_us));
    }
    if (one.model.empty()) {
        add(one_line(one.method) + " " + one_line(one.path));
    }
    add(one_line(one.response_model.empty() ? one.model : one.response_model));
    if (one.status != 200) {
        add(one.status == 0 ? "no answer" : "status " + std::to_string(one.status));
    }
    add(one.tokens ? usage_of(*one.tokens) : "");
    add(one.price.priced == 0 ? "" : dollars(one.price));
    add(one_line(one.stop_reason));
    add(one.end_reason == "complete" ? "" : one.end_reason);
    return made;
}

words colour_of(const style& look, const read::message& one) {
    return one.answer ? look.cyan() : one.role == "user" ? look.green() : look.yellow();
}

}  // namespace

void transcript_text::write(const read::entry& one) {
    std::visit([this](const auto& entry) { write(entry); }, one);
}

void transcript_text::write(const read::message& one) {
    out_ << "\n"
         << colour_of(look_, one) << look_.bold() << one.role << look_.plain() << look_.dim() << "  "
         << short_hash(one.hash) << (one.turn == 0 ? words{""} : words{"  turn "});
    if (one.turn != 0) {
        out_ << one.turn;
    }
    out_ << look_.plain() << "\n";
    const bool outline = merkle::is_system_role(one.role);
    for (const auto& block : one.said.blocks) {
        if (out_.gone()) {
            return;
        }
        write_block(block, outline);
    }
    if (one.said.more_blocks != 0) {
        write_note(look_.dim(), "more", counted(one.said.more_blocks, "block") + " behind these");
    }
    if (one.more_exchanges != 0) {
        write_note(look_.dim(), "more", counted(one.more_exchanges, "exchange") + " ended with this");
    }
    if (one.said.malformed) {
        write_note(look_.red(), "malformed", "the content is no array of blocks");
    }
}

void transcript_text::write_block(const read::block& one, bool outline) {
    using kind = read::block_kind;
    switch (one.kind) {
        case kind::text:
        case kind::refusal:
        case kind::compaction:
            outline ? write_note(look_.dim(), "instructions", outline_of(one.text)) : write_text(one);
            break;
        case kind::thinking:
            if (options_.thinking) {
                write_note(look_.dim(), "thinking", "");
                write_text(one);
            } else {
                write_note(look_.dim(), "thinking",
                           one.text.bytes == 0 ? "sealed" : short_bytes(one.text.bytes));
            }
            break;
        case kind::call:
            write_call(one);
            break;
        case kind::result:
            write_result(one);
            break;
        case kind::image:
            write_note(look_.dim(), "image", outline_of_image(one));
            break;
        case kind::injected:
            write_note(look_.dim(), "added by the client", outline_of(one.text));
            break;
        default:
            write_note(look_.dim(), one.type, outline_of(one.text));
            break;
    }
}

void transcript_text::write_text(const read::block& one) {
    if (one.kind == read::block_kind::refusal || one.kind == read::block_kind::compaction) {
        write_note(look_.yellow(), read::to_string(one.kind), "");
    }
    write_indented(out_, to_, one.text.text, margin);
    write_rest(one.text);
}

void transcript_text::write_call(const read::block& one) {
    write_note(look_.yellow(), one.tool.empty() ? one.type : one.tool, one_line(one.summary));
    if (options_.tools && one.text.bytes != 0) {
        write_indented(out_, to_, one.text.text, margin + 4);
        write_rest(one.text);
    }
    for (const auto& result : one.results) {
        write_result(result);
    }
}

void transcript_text::write_result(const read::block& one) {
    const auto text = one.kind == read::block_kind::image ? outline_of_image(one) : outline_of(one.text);
    const auto colour = one.error ? look_.red() : look_.dim();
    const bool whole = options_.tools && one.text.bytes != 0 && one.kind != read::block_kind::image;
    const auto* const label = one.error ? "  -> error" : "  ->";
    write_note(colour, label, whole ? short_bytes(one.text.bytes) : text);
    if (whole) {
        write_indented(out_, to_, one.text.text, margin + 4);
        write_rest(one.text);
    }
}

void transcript_text::write_note(words colour, std::string_view label, std::string_view text) {
    auto line = one_line(label);
    if (label.starts_with(' ')) {
        line.insert(0, "  ");
    }
    const auto width = margin + text::width_of(line) + 2;
    out_ << "  " << colour << line << look_.plain();
    if (!text.empty()) {
        const auto all = to_.width == 0 ? unbounded_line : to_.width;
        const auto room = std::max<std::size_t>(all, width + 8) - width;
        out_ << "  " << look_.dim() << fitted(one_line(text), room) << look_.plain();
    }
    out_ << "\n";
}

void transcript_text::write_rest(const read::excerpt& of) {
    if (of.cut()) {
        write_note(look_.dim(), "…", short_bytes(of.bytes - of.text.size()) + " more; see --raw");
    }
}

void transcript_text::write(const read::exchange& one) {
    const bool dropped = !one.drop_reason.empty() && !capture::is_about_earlier(one.drop_reason);
    const bool failed = one.status >= 400 || one.status == 0 || one.end_reason != "complete";
    out_ << (dropped ? words{"\n"} : words{""}) << (failed || dropped ? look_.red() : look_.dim());
    write_indented(out_, to_, outline_of(one), margin);
    out_ << look_.plain();
}

void transcript_text::write(const read::branches& one) {
    out_ << "  " << look_.yellow() << "fork";
    if (one.here) {
        out_ << " (here by " << catalogue::to_string(*one.here) << ")";
    }
    words between = ": ";
    for (const auto& branch : one.others) {
        out_ << between << short_hash(branch.hash) << " (" << counted(branch.nodes, "node");
        if (branch.cause) {
            out_ << ", " << catalogue::to_string(*branch.cause);
        }
        out_ << ")";
        between = ", ";
    }
    if (one.more != 0) {
        out_ << between << one.more << " more, not shown; see tapes tree";
    }
    out_ << look_.plain() << "\n";
}

void transcript_text::write(const read::begun_thread& one) {
    const auto& thread = one.thread;
    out_ << "  " << look_.yellow() << "thread " << one.number << " (" << catalogue::to_string(thread.kind)
         << ", " << counted(thread.turns, "turn") << ")" << look_.plain();
    if (!thread.title.empty()) {
        out_ << "  " << fitted(one_line(thread.title), to_.width == 0 ? 0 : to_.width / 2);
    }
    out_ << "\n";
}

}  // namespace tapes::app
