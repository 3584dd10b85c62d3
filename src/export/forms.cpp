#include "finetune/finetune.hpp"
#include "har/har.hpp"
#include "html/html.hpp"
#include "markdown/markdown.hpp"
#include "otlp/otlp.hpp"
#include "request/request.hpp"

#include <tapes/export/form.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <array>

namespace tapes::exports {

namespace {

constexpr std::array all_forms{
    form{"markdown", "md", "text/markdown; charset=utf-8", true, true, true, true, write_markdown},
    form{"html", "html", "text/html; charset=utf-8", true, true, true, true, write_html},
    form{"har", "har", "application/json", true, true, true, true, write_har},
    form{"otlp", "jsonl", "application/x-ndjson", true, true, true, true, write_otlp},
    form{"openai-finetune", "jsonl", "application/x-ndjson", true, true, true, true, write_finetune},
    form{"request", "json", "application/json", true, true, true, true, write_request},
};

}  // namespace

std::span<const form> forms() noexcept {
    return all_forms;
}

const form* find_form(std::string_view name) noexcept {
    const auto found = std::ranges::find(all_forms, name, &form::name);
    return found == all_forms.end() ? nullptr : &*found;
}

std::string form_names() {
    std::string made;
    for (const auto& one : all_forms) {
        made.append(made.empty() ? "" : ", ").append(one.name);
    }
    return made;
}

void check_subject(const form& as, const subject& about) {
    using kind = read::named_kind;
    const auto taken = [&as](kind of) {
        return of == kind::session ? as.sessions : of == kind::exchange ? as.exchanges : as.nodes;
    };
    const std::string name{as.name};
    if (about.thread != 0 && about.meant.kind != kind::session) {
        throw export_refusal{"a thread is one of a session, and this is " +
                             std::string{about.meant.kind == kind::node ? "a node" : "an exchange"}};
    }
    if (about.thread != 0 && !as.threads) {
        throw export_refusal{"the form " + name + " takes no single thread"};
    }
    if (!taken(about.meant.kind)) {
        std::string takes;
        for (const auto& [of, noun] : {std::pair{kind::session, "a session"},
                                       {kind::node, "a node"},
                                       {kind::exchange, "an exchange"}}) {
            takes.append(!taken(of) ? "" : takes.empty() ? noun : std::string{" or "} + noun);
        }
        throw export_refusal{"the form " + name + " takes " + takes + ", and this is " +
                             (about.meant.kind == kind::session ? "a session"
                              : about.meant.kind == kind::node  ? "a node"
                                                                : "an exchange")};
    }
}

std::string file_name(const form& as, const subject& about) {
    std::string made{read::to_string(about.meant.kind)};
    made += '-';
    std::string name = about.meant.name;
    if (about.meant.kind != read::named_kind::exchange) {
        name.clear();
        text::append_rfc3339(name, about.meant.at_us);
        name.resize(std::min(name.find_first_of(".Z"), name.size()));
    }
    for (const char c : name) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        made += plain ? std::string{c} : c == ':' ? "" : "-";
    }
    return made + (about.thread == 0 ? "" : "-thread-" + std::to_string(about.thread)) + "." +
           std::string{as.extension};
}

}  // namespace tapes::exports
