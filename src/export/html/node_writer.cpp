#include "html/node_writer.hpp"

#include "chains/figures.hpp"
#include "chains/label.hpp"
#include "html/escape.hpp"
#include "html/value_bound.hpp"
#include "secrets/content_filter.hpp"

#include <tapes/export/secrets.hpp>
#include <tapes/llm/typed_text.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/text/ordered_json.hpp>
#include <tapes/text/rfc3339.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;
using kind = read::block_kind;

constexpr std::size_t most_tools = 65'536;
/// What is looked at to tell what a block is; all of it is written.
constexpr read::block_limits outline_limits{256, 512, std::size_t{1} << 20, 4096};

std::string dumped(const ordered_json& value, int indent = -1) {
    return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string string_of(const ordered_json& block, const char* name) {
    const auto found = block.find(name);
    return found != block.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool is_raster(const std::string& media_type) noexcept {
    static constexpr std::array<std::string_view, 4> types{"image/png", "image/jpeg", "image/gif",
                                                           "image/webp"};
    return std::ranges::find(types, media_type) != types.end();
}

/// Whether a browser shows the data of a block, and the address of the image says just what is carried.
bool is_shown_image(const ordered_json& block) {
    const auto data = string_of(block, "image_base64");
    return !data.empty() && is_raster(string_of(block, "media_type")) &&
           std::ranges::all_of(data, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '+' || c == '/' || c == '=';
           });
}

/// The blocks of a content; nothing where it is no array of objects.
std::optional<ordered_json> blocks_of(const std::string& content) {
    auto made = text::parsed_json(content);
    const bool blocks = made.is_array() && std::ranges::all_of(made, [](const ordered_json& one) {
                            return one.is_object() && one.contains("type") && one["type"].is_string();
                        });
    return blocks ? std::optional{std::move(made)} : std::nullopt;
}

std::uint64_t size_of(const ordered_json& block) {
    std::uint64_t size = 0;
    for (const auto& [name, value] : block.items()) {
        if (name != "type" && name != "signature") {
            size += value.is_string() ? value.get_ref<const std::string&>().size() : dumped(value).size();
        }
    }
    return size;
}

/// The first line of a text, in at most 120 bytes.
std::string first_line(std::string_view text) {
    constexpr std::size_t most_bytes = 120;
    const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
    return line.size() <= most_bytes
               ? std::string{line}
               : std::string{line.substr(0, text::character_start(line, most_bytes))} + "…";
}

}  // namespace

/// What is known of a node's content.
struct node_writer::content {
    std::string whole;  ///< as the store has it; "" of one that is left out
    ordered_json blocks = ordered_json::array();
    carried state = carried::whole;
    std::uint64_t bytes = 0;
    const char* left_out = ", of another form";  ///< why, where it is
};

node_writer::node_writer(read::sources& from, secret_filter& secrets, sink& to, std::size_t carried)
    : from_{from},
      secrets_{secrets},
      unlisted_{secrets.keeps()},
      to_{to},
      carried_{carried},
      chain_{from.redaction_key()} {}

node_writer::content node_writer::content_of(const store::node_row& row) {
    content made;
    made.bytes = from_.chains.content(row.id, [&](std::string_view piece) {
        made.whole.append(piece);
        return made.whole.size() <= carried_;
    });
    std::optional<ordered_json> blocks;
    if (made.bytes > carried_) {
        made.left_out = ", too large for this file";
        ++left_out_;
    } else if (has_too_many_values(made.whole)) {
        made.left_out = ", more than a million values, too many for this file";
        ++too_many_values_;
    } else {
        blocks = blocks_of(made.whole);
    }
    if (!blocks) {
        made.whole.clear();
        made.state = carried::left_out;
        return made;
    }
    made.blocks = *std::move(blocks);
    static_cast<void>(secrets_.take_least_bits());
    if (filter_content(made.blocks, secrets_, "node " + std::to_string(chain_.size()))) {
        made.state = secrets_.take_least_bits() >= unguessable_bits ? carried::redacted : carried::withheld;
    }
    return made;
}

std::size_t node_writer::write(std::int64_t node, std::uint64_t turn) {
    if (const auto* const there = chain_.find(node)) {
        to_.write("<p class=\"note\">As above: <a href=\"#n" + std::to_string(there->index) + "\">node " +
                  std::to_string(there->index) + "</a>.</p>\n");
        return there->index;
    }
    const auto row = from_.chains.row(node);
    if (!row) {
        throw std::runtime_error{"a node of the chain is gone: the store was replaced meanwhile"};
    }
    const auto said = content_of(*row);
    const auto link = *chain_.add({row->id,
                                   row->parent,
                                   row->hash,
                                   {row->model, row->provider, row->agent_name},
                                   row->role,
                                   said.whole,
                                   said.state});
    write_head(*row, said, link, turn);
    write_blocks(*row, said);
    to_.write("</article>\n");
    return link.index;
}

void node_writer::write_head(const store::node_row& row, const content& said, const proof_link& link,
                             std::uint64_t turn) {
    ordered_json made{{"node", link.index}};
    made["parent"] = link.parent ? ordered_json(*link.parent) : ordered_json(nullptr);
    made[std::string{to_string(link.kind)}] = merkle::to_hex(link.value);
    made["state"] = to_string(said.state);
    std::string created;
    text::append_rfc3339(created, row.created_at_us);
    for (const auto& [name, value] : {std::pair{"role", &row.role},
                                      {"model", &row.model},
                                      {"provider", &row.provider},
                                      {"agent_name", &row.agent_name},
                                      {"project", &row.project},
                                      {"stop_reason", &row.stop_reason}}) {
        made[name] = *value;
    }
    made["created_at"] = created;
    auto json = dumped(made);
    json.pop_back();
    json += ",\"content\":" + (said.state == carried::whole ? said.whole : dumped(said.blocks)) + "}";
    const char* const look = merkle::is_answer_role(row.role) ? "answer"
                             : row.role == "user"             ? "user"
                                                              : "system";
    const auto index = std::to_string(link.index);
    std::string head = "<article class=\"node " + std::string{look} + "\" id=\"n" + index +
                       "\" tabindex=\"-1\">\n<script type=\"application/json\" class=\"node\">" +
                       html_json(json) + "</script>\n<h2><span class=\"role\" data-role>";
    append_html_text(head, row.role);
    head += "</span>";
    if (turn != 0) {
        head += "<span class=\"turn\">turn " + std::to_string(turn) + "</span>";
    }
    head += "<time datetime=\"" + created + "\">" + moment_text(row.created_at_us) +
            "</time><span class=\"verdict\">not checked</span></h2>\n";
    to_.write(head);
}

void node_writer::write_blocks(const store::node_row& row, const content& said) {
    if (said.state == carried::left_out) {
        to_.write("<p class=\"note\">" + short_bytes(said.bytes) + said.left_out +
                  ": its hash is told, and not its content.</p>\n");
        return;
    }
    const auto outline = read::read_content(from_.chains, row.id, outline_limits);
    const bool system = merkle::is_system_role(row.role);
    for (std::size_t i = 0; i < said.blocks.size(); ++i) {
        const auto about = std::ranges::find(outline.blocks, i, &read::block::place);
        write_block(said.blocks[i], about == outline.blocks.end() ? nullptr : &*about, system);
    }
}

std::string node_writer::summary_of(const ordered_json& block, const read::block* about,
                                    read::block_kind of) {
    const auto size = short_bytes(size_of(block));
    if (of == kind::call) {
        const auto tool = string_of(block, "tool_name");
        const auto id = string_of(block, "tool_use_id");
        if (!id.empty() && tools_.size() < most_tools) {
            tools_[id] = tool;
        }
        const auto what = clean_label(unlisted_, about->summary, longest_summary);
        return html_label(tool.empty() ? string_of(block, "type") : tool) + " <span class=\"about\">" +
               html_label(first_line(what)) + "</span>";
    }
    if (of == kind::result) {
        const auto tool = tools_.find(string_of(block, "tool_result_id"));
        return (about->error ? std::string{"error"} : std::string{"result"}) +
               (tool == tools_.end() || tool->second.empty() ? "" : " of " + html_label(tool->second)) +
               ", " + size + " <span class=\"about\">" +
               html_label(first_line(string_of(block, "tool_output"))) + "</span>";
    }
    const std::string label = of == kind::thinking     ? "thinking"
                              : of == kind::injected   ? "added by the client"
                              : of == kind::compaction ? "summary of what was said before"
                              : of == kind::text       ? "instructions"
                                                       : html_label(string_of(block, "type"));
    return label + ", " + size;
}

void node_writer::write_block(const ordered_json& block, const read::block* about, bool system) {
    auto of = about == nullptr ? kind::other : about->kind;
    if (of == kind::text && !system && llm::typed_text(string_of(block, "text")).empty()) {
        of = kind::injected;
    }
    const bool error = block.contains("is_error") && block["is_error"] == true;
    const bool open = (of == kind::text && !system) || of == kind::refusal || of == kind::image;
    to_.write("<section class=\"block" + std::string{error ? " error" : ""} + "\" data-block=\"" +
              html_name(string_of(block, "type")) + "\">");
    if (open) {
        write_fields(block, "said", of == kind::refusal);
    } else {
        to_.write("<details><summary>" + summary_of(block, about, of) + "</summary>\n");
        const bool prose =
            of == kind::text || of == kind::thinking || of == kind::injected || of == kind::compaction;
        write_fields(block, prose ? "said" : "code", false);
        to_.write("</details>");
    }
    to_.write("</section>\n");
}

void node_writer::write_fields(const ordered_json& block, std::string_view style, bool with_name) {
    static constexpr std::array<std::string_view, 6> main_fields{"text",       "thinking",    "refusal",
                                                                 "tool_input", "tool_output", "raw"};
    for (const auto& [name, value] : block.items()) {
        if (name == "type" || name == "is_error") {
            continue;
        }
        const bool is_main = std::ranges::find(main_fields, name) != main_fields.end();
        const auto field = html_label(name);
        std::string made;
        if (name == "image_base64" && is_shown_image(block)) {
            made = "<img alt=\"image\" data-field=\"image_base64\" src=\"data:" +
                   html_label(string_of(block, "media_type")) + ";base64," +
                   html_label(value.get_ref<const std::string&>()) + "\">\n";
        } else {
            const bool named = !is_main || with_name;
            made = !named ? "" : "<div class=\"pair\"><span class=\"label\">" + field + "</span>";
            made += "<div class=\"" + std::string{is_main ? style : "small"} + "\" data-field=\"" +
                    html_name(name) + "\"" + (value.is_string() ? ">" : " data-json>");
            if (!value.is_string()) {
                append_html_text(made, dumped(value, 2));
            } else if (is_main && style == "said") {
                append_html_said(made, value.get_ref<const std::string&>());
            } else {
                append_html_text(made, value.get_ref<const std::string&>());
            }
            made += named ? "</div></div>\n" : "</div>\n";
        }
        to_.write(made);
    }
}

}  // namespace tapes::exports
