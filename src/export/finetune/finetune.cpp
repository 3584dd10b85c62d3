#include "finetune/finetune.hpp"

#include "finetune/example.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tapes::exports {

namespace {

/// The last nodes of what is exported: of a session those of its main threads and sub-agents, or of the
/// thread that is chosen.
std::vector<std::int64_t> leaves_of(task& given) {
    const auto& about = given.about;
    if (about.meant.kind == read::named_kind::node) {
        return {about.meant.id};
    }
    if (about.meant.kind == read::named_kind::exchange) {
        const auto row = given.from.find_exchange(about.meant.id);
        return row && row->head != 0 ? std::vector{row->head} : std::vector<std::int64_t>{};
    }
    const auto threads = given.from.catalogue->threads(about.meant.id);
    if (about.thread > threads.size()) {
        throw export_refusal{"the session has no thread " + std::to_string(about.thread) + ": it has " +
                             std::to_string(threads.size())};
    }
    std::vector<std::int64_t> leaves;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        const bool chosen =
            about.thread == 0 ? threads[i].kind != catalogue::thread_kind::side : i + 1 == about.thread;
        if (chosen) {
            const auto more = given.from.catalogue->leaves(threads[i].id);
            leaves.insert(leaves.end(), more.begin(), more.end());
        }
    }
    return leaves;
}

}  // namespace

void write_finetune(task& given) {
    left_out none;
    auto& left = given.left != nullptr ? *given.left : none;
    std::set<std::int64_t> trained;
    std::size_t number = 0;
    for (const auto leaf : leaves_of(given)) {
        const auto example = finetune_example(given.from, leaf, trained, left);
        if (example.is_null()) {
            left.add("leaves without an answer of their own");
            continue;
        }
        const auto text = example.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        given.to.write(given.secrets.json(text, "example " + std::to_string(++number)) + "\n");
    }
    if (number == 0) {
        throw export_refusal{"there is no answer to train on"};
    }
}

}  // namespace tapes::exports
