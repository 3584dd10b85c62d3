#include "chains/chain_parts.hpp"

#include <utility>

namespace tapes::exports {

namespace {

void add_threads(const subject& about, chain_parts& to) {
    const auto& threads = to.threads;
    if (about.thread > threads.size()) {
        throw export_refusal{"the session has no thread " + std::to_string(about.thread) + ": it has " +
                             std::to_string(threads.size())};
    }
    for (std::size_t i = 0; i < threads.size(); ++i) {
        const bool main = threads[i].kind == catalogue::thread_kind::main;
        if (about.thread == 0 ? main : i + 1 == about.thread) {
            to.chains.push_back({{}, threads[i], i + 1});
        }
    }
    if (to.chains.empty() && !threads.empty()) {
        to.chains.push_back({{}, threads.front(), 1});
    }
    for (auto& chain : to.chains) {
        chain.request.session = to.session->id;
        chain.request.head = chain.thread->head;
        chain.request.thread = chain.thread->id;
    }
    if (about.thread == 0 && !to.chains.empty()) {
        // What gave no turn belongs to no thread: it is told once.
        to.chains.back().request.dropped = true;
    }
}

void add_chain(std::int64_t head, chain_parts& to) {
    if (head != 0) {
        to.chains.push_back({});
        to.chains.back().request.head = head;
    }
}

}  // namespace

chain_parts parts_of(read::sources& from, const subject& about) {
    chain_parts made;
    switch (about.meant.kind) {
        case read::named_kind::session:
            made.session = from.catalogue->session_by_id(about.meant.id);
            if (!made.session) {
                throw export_refusal{"there is no such session any more"};
            }
            made.whole_session = about.thread == 0;
            made.threads = from.catalogue->threads(made.session->id);
            add_threads(about, made);
            break;
        case read::named_kind::exchange:
            made.exchange = from.find_exchange(about.meant.id);
            if (!made.exchange) {
                throw export_refusal{"there is no such exchange any more"};
            }
            if (from.catalogue) {
                made.session = from.catalogue->session_of_exchange(about.meant.id);
            }
            add_chain(made.exchange->head, made);
            break;
        default:
            add_chain(about.meant.id, made);
            break;
    }
    return made;
}

}  // namespace tapes::exports
