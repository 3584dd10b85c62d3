#include "markdown/markdown_messages.hpp"

#include "chains/figures.hpp"
#include "chains/label.hpp"
#include "markdown/inert.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/merkle/dropped.hpp>

#include <variant>
#include <vector>

namespace tapes::exports {

namespace {

bool is_said(read::block_kind kind) noexcept {
    using enum read::block_kind;
    return kind == text || kind == injected || kind == thinking || kind == refusal || kind == compaction;
}

bool is_json(std::string_view text) noexcept {
    return text.starts_with('{') || text.starts_with('[');
}

std::string usage_text(const read::exchange& one) {
    std::string made = moment_text(one.accepted_at_us);
    const auto add = [&made](const std::string& part) {
        made += part.empty() ? "" : (made.empty() ? "" : ", ") + part;
    };
    add(one.response_model.empty() ? one.model : one.response_model);
    add(one.tokens ? token_line(*one.tokens) : "");
    add(one.price.priced == 0 ? "" : dollars(one.price));
    add(one.stop_reason);
    add(one.end_reason == "complete" ? "" : one.end_reason);
    return made;
}

}  // namespace

void markdown_messages::write(const read::entry& one) {
    std::visit([this](const auto& entry) { write(entry); }, one);
}

void markdown_messages::write(const read::message& one) {
    where_ = "message " + std::to_string(++number_);
    out_.write("\n### " + inline_text(one.role) +
               (one.turn == 0 ? "" : " · turn " + std::to_string(one.turn)) + "\n");
    const bool system = merkle::is_system_role(one.role);
    // What stands in neighbouring blocks of text may be one secret.
    std::vector<std::string> said(one.said.blocks.size());
    for (std::size_t i = 0; i < said.size();) {
        std::vector<std::string*> run;
        const auto first = i;
        for (; i < said.size() && is_said(one.said.blocks[i].kind); ++i) {
            said[i] = one.said.blocks[i].text.text;
            run.push_back(&said[i]);
        }
        if (run.empty()) {
            ++i;
            continue;
        }
        secrets_.texts(run, where(one.said.blocks[first]));
    }
    for (std::size_t i = 0; i < said.size(); ++i) {
        const auto& block = one.said.blocks[i];
        if (system && is_said(block.kind)) {
            write_folded("instructions", said[i], block.text);
        } else {
            write_block(block, said[i]);
        }
    }
    if (one.said.more_blocks != 0) {
        out_.write("\n*" + counted(one.said.more_blocks, "block") + " more, not in this file*\n");
    }
    if (one.said.malformed) {
        out_.write("\n*The content is no array of blocks.*\n");
    }
}

std::string markdown_messages::where(const read::block& one) const {
    return where_ + ", block " + std::to_string(one.place);
}

void markdown_messages::write_block(const read::block& one, std::string_view said) {
    using enum read::block_kind;
    switch (one.kind) {
        case text:
            write_said(said, one.text);
            break;
        case refusal:
            out_.write("\n**refusal**\n");
            write_said(said, one.text);
            break;
        case injected:
            write_folded("added by the client", said, one.text);
            break;
        case thinking:
            one.text.bytes == 0 ? out_.write("\n*thinking, sealed*\n")
                                : write_folded("thinking", said, one.text);
            break;
        case compaction:
            write_folded("summary of what was said before", said, one.text);
            break;
        case call:
            write_call(one);
            break;
        case result:
            write_result(one);
            break;
        case image:
            write_image(one);
            break;
        default:
            out_.write("\n" + details_open(secrets_.text(one.type, where(one)) + ", " +
                                           short_bytes(one.text.bytes)));
            out_.write(fenced(cleaned(one.text), is_json(one.text.text) ? "json" : "text"));
            write_rest(one.text);
            out_.write("\n</details>\n");
            break;
    }
}

void markdown_messages::write_said(std::string_view said, const read::excerpt& of) {
    out_.write("\n");
    {
        const quoting_sink::level quoted{out_};
        out_.write(inert_markdown(of.cut() ? secret_filter{secrets_.keeps()}.cut_text(said, "")
                                           : std::string{said}));
    }
    write_rest(of);
}

void markdown_messages::write_folded(std::string_view label, std::string_view said, const read::excerpt& of) {
    out_.write("\n" + details_open(std::string{label} + ", " + short_bytes(of.bytes)));
    write_said(said, of);
    out_.write("\n</details>\n");
}

std::string markdown_messages::cleaned(const read::excerpt& text) {
    return text.cut()           ? secrets_.cut_text(text.text, where_)
           : is_json(text.text) ? secrets_.json(text.text, where_)
                                : secrets_.text(text.text, where_);
}

void markdown_messages::write_call(const read::block& one) {
    const auto before = where_;
    where_ = where(one);
    const auto summary = clean_label(unlisted_, one.summary, longest_summary);
    out_.write("\n" + details_open(secrets_.text(one.tool.empty() ? one.type : one.tool, where_) +
                                   (summary.empty() ? "" : ": " + summary)));
    if (one.text.bytes != 0) {
        out_.write(fenced(cleaned(one.text), is_json(one.text.text) ? "json" : "text"));
        write_rest(one.text);
    }
    for (const auto& result : one.results) {
        where_ = before + ", result of block " + std::to_string(one.place);
        write_result(result);
    }
    out_.write("\n</details>\n");
    where_ = before;
}

void markdown_messages::write_result(const read::block& one) {
    if (one.kind == read::block_kind::image) {
        write_image(one);
        return;
    }
    const std::string label = one.error ? "error" : "result";
    out_.write("\n" + label +
               (one.tool.empty() ? "" : " of " + inline_text(unlisted_.text(one.tool, where_))) + ", " +
               short_bytes(one.text.bytes) + "\n\n");
    if (one.text.bytes != 0) {
        out_.write(fenced(cleaned(one.text), is_json(one.text.text) ? "json" : "text"));
        write_rest(one.text);
    }
}

void markdown_messages::write_image(const read::block& one) {
    std::string about = one.media_type.empty() ? "image" : one.media_type;
    if (one.image_bytes != 0) {
        about += ", " + short_bytes(one.image_bytes);
    }
    if (!one.text.text.empty()) {
        about += ", " + cleaned(one.text);
    }
    out_.write("\n*image: " + inline_text(about) + "*\n");
}

void markdown_messages::write_rest(const read::excerpt& of) {
    if (of.cut()) {
        out_.write("\n*" + short_bytes(of.bytes - of.text.size()) + " more, not in this file*\n");
    }
}

void markdown_messages::write(const read::exchange& one) {
    if (!one.drop_reason.empty()) {
        out_.write("\n**No turn** (" + inline_text(one.drop_reason) + "): " + inline_text(one.method) + " " +
                   inline_text(one.path) + ", " +
                   (one.status == 0 ? "no answer" : "status " + std::to_string(one.status)) + ", " +
                   inline_text(usage_text(one)) + "\n");
        return;
    }
    out_.write("\n*" + inline_text(usage_text(one)) + "*\n");
}

void markdown_messages::write(const read::branches& one) {
    const auto others = one.others.size() + one.more;
    out_.write(others == 1
                   ? std::string{"\n*Another branch leaves here, not in this file.*\n"}
                   : "\n*" + std::to_string(others) + " other branches leave here, not in this file.*\n");
}

void markdown_messages::write(const read::begun_thread&) {}

}  // namespace tapes::exports
