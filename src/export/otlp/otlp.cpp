#include "otlp/otlp.hpp"

#include "exchanges/exchange_list.hpp"
#include "nodes/node_message.hpp"
#include "otlp/chat_span.hpp"
#include "request/message_forms.hpp"

#include <tapes/catalogue/names.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tapes::exports {

namespace {

constexpr std::size_t exchanges_of_thread_at_once = 256;

std::string tool_span_id(const capture::uuid& exchange, const std::string& call) {
    return span_id_of("tool " + capture::to_string(exchange) + " " + call);
}

/// A call whose result has not come yet.
struct open_call {
    std::string name, arguments, span_id;
    std::int64_t start_us = 0;
};

class otlp_writer {
public:
    explicit otlp_writer(task& given) : given_{given} {}

    void run() {
        if (given_.about.meant.kind == read::named_kind::session) {
            write_session();
        } else {
            write_list();
        }
    }

private:
    void write_session() {
        auto& catalogue = *given_.from.catalogue;
        session_ = catalogue.session_by_id(given_.about.meant.id);
        if (!session_) {
            throw export_refusal{"there is no such session any more"};
        }
        threads_ = catalogue.threads(session_->id);
        if (given_.about.thread > threads_.size()) {
            throw export_refusal{"the session has no thread " + std::to_string(given_.about.thread) +
                                 ": it has " + std::to_string(threads_.size())};
        }
        name_trace(catalogue.exchanges(session_->id, 0, 0, 1));
        for (std::size_t i = 0; i < threads_.size(); ++i) {
            if (given_.about.thread == 0 || given_.about.thread == i + 1) {
                write_thread(threads_[i]);
            }
        }
        if (given_.about.thread == 0) {
            write_without_turn();
        }
    }

    void write_list() {
        exchange_list list{given_.from, given_.about};
        std::vector<std::int64_t> all;
        while (const auto seq = list.next()) {
            all.push_back(*seq);
        }
        if (all.empty()) {
            throw export_refusal{"no exchange is known of it, and spans are of exchanges"};
        }
        if (given_.from.catalogue) {
            session_ = given_.from.catalogue->session_of_exchange(all.front());
        }
        name_trace(session_ ? given_.from.catalogue->exchanges(session_->id, 0, 0, 1) : all);
        calls_.clear();
        std::int64_t before = 0;
        for (const auto seq : all) {
            before = write_exchange(seq, {}, before);
        }
    }

    /// A trace is a session: by the client's own id, else by its first exchange. A hash of what was said
    /// could tell what was taken out of it.
    void name_trace(const std::vector<std::int64_t>& exchanges) {
        if (session_ && session_->named_by_client) {
            conversation_ = session_->name;
            trace_ = trace_id_of("session " + session_->project + "\n" + session_->name);
            return;
        }
        const auto first = exchanges.empty() ? std::nullopt : given_.from.kept_exchange(exchanges.front());
        trace_ = trace_id_of("exchange " + (first ? capture::to_string(first->id) : std::string{}));
    }

    std::string service() const {
        const auto name = session_ ? (session_->agent_name.empty() ? session_->client : session_->agent_name)
                                   : std::string{};
        return name.empty() ? "tapes" : name;
    }

    void emit(span&& one) {
        one.trace_id = trace_;
        given_.to.write(one.line(service()));
    }

    static std::string thread_span_id(const catalogue::thread& of, const std::string& trace) {
        return span_id_of("thread " + trace + " " + std::to_string(of.first_at_us) + " " + of.agent_id + " " +
                          of.call_id);
    }

    void write_thread(const catalogue::thread& one) {
        const auto id = thread_span_id(one, trace_);
        calls_.clear();
        std::int64_t before = 0;
        std::int64_t end = one.last_at_us;
        for (std::int64_t after = 0;;) {
            const auto page =
                given_.from.catalogue->exchanges(session_->id, one.id, after, exchanges_of_thread_at_once);
            for (const auto seq : page) {
                before = write_exchange(seq, id, before);
                end = std::max(end, last_end_us_);
            }
            if (page.empty()) {
                break;
            }
            after = page.back();
        }
        // A call that began another thread is the parent of that one, whether its result is known or not.
        for (const auto& other : threads_) {
            if (const auto open = calls_.find(other.call_id);
                open != calls_.end() && other.parent == one.id) {
                write_tool(open->first, open->second, other.last_at_us, nullptr, id);
                calls_.erase(open);
            }
        }
        const auto agent = one.kind == catalogue::thread_kind::main
                               ? service()
                               : std::string{catalogue::to_string(one.kind)};
        span made{"invoke_agent " + agent, span_kind::internal};
        made.span_id = id;
        made.parent_id = parent_of(one);
        made.start_us = one.first_at_us;
        made.end_us = end;
        made.text("gen_ai.operation.name", "invoke_agent");
        made.text("gen_ai.agent.name", agent);
        made.text("gen_ai.agent.id", one.agent_id);
        made.text("gen_ai.conversation.id", given_.secrets.text(conversation_, "session"));
        made.text("gen_ai.request.model", one.model);
        made.text("tapes.thread.kind", std::string{catalogue::to_string(one.kind)});
        made.flag("tapes.derived", true);
        emit(std::move(made));
    }

    /// The span of the call that began a thread; else that of the thread above, or of the first one.
    std::string parent_of(const catalogue::thread& one) {
        const auto above = std::ranges::find(threads_, one.parent, &catalogue::thread::id);
        if (one.parent != 0 && above != threads_.end()) {
            const auto answered =
                one.call_id.empty() ? std::vector<std::int64_t>{} : given_.from.answers_of(one.call_node);
            const auto row = answered.empty() ? std::nullopt : given_.from.kept_exchange(answered.front());
            return row ? tool_span_id(row->id, one.call_id) : thread_span_id(*above, trace_);
        }
        const auto main = std::ranges::find(threads_, catalogue::thread_kind::main, &catalogue::thread::kind);
        return one.kind == catalogue::thread_kind::main || main == threads_.end()
                   ? std::string{}
                   : thread_span_id(*main, trace_);
    }

    /// Writes the span of an exchange, and of the tools whose results it brings. Returns its head.
    std::int64_t write_exchange(std::int64_t seq, const std::string& parent, std::int64_t before) {
        const auto row = given_.from.kept_exchange(seq);
        if (!row || row->api.empty()) {
            return before;
        }
        last_end_us_ = row->last_byte_at_us;
        if (row->head != 0) {
            close_calls(*row, before, parent);
        }
        auto made = chat_span(given_, seq, conversation_, hashes_);
        made.parent_id = parent;
        emit(std::move(made));
        if (row->head == 0) {
            return before;
        }
        open_calls(*row);
        return row->head;
    }

    void open_calls(const store::kept_exchange& row) {
        const auto answer = read_node_message(given_.from, row.head);
        for (std::size_t i = 0; answer && i < answer->blocks.size(); ++i) {
            const auto& one = answer->blocks[i];
            if (one.type == "tool_use" && !one.tool_use_id.empty()) {
                calls_[one.tool_use_id] = {one.tool_name, arguments_text(one),
                                           tool_span_id(row.id, one.tool_use_id), row.last_byte_at_us};
            }
        }
    }

    void close_calls(const store::kept_exchange& row, std::int64_t before, const std::string& parent) {
        if (calls_.empty()) {
            return;
        }
        auto nodes = chain_nodes(given_.from, row.head);
        const auto known = std::ranges::find(nodes, before);
        const auto first = known == nodes.end() ? nodes.begin() : known + 1;
        for (auto node = first; node != nodes.end() && !calls_.empty(); ++node) {
            const auto message = read_node_message(given_.from, *node);
            if (!message) {
                continue;
            }
            for (const auto& one : message->blocks) {
                const auto open = one.type == "tool_result" || one.type == "custom_tool_call_output"
                                      ? calls_.find(one.tool_result_id)
                                      : calls_.end();
                if (open != calls_.end()) {
                    write_tool(open->first, open->second, row.accepted_at_us, &one, parent);
                    calls_.erase(open);
                }
            }
        }
    }

    void write_tool(const std::string& id, const open_call& call, std::int64_t end_us,
                    const merkle::block* result, const std::string& parent) {
        const auto shown_id = given_.secrets.text(id, "the id of a call");
        const auto where = "call " + shown_id;
        const auto name = given_.secrets.text(call.name, where);
        span made{"execute_tool " + name, span_kind::internal};
        made.span_id = call.span_id;
        made.parent_id = parent;
        made.start_us = call.start_us;
        made.end_us = end_us;
        made.text("gen_ai.operation.name", "execute_tool");
        made.text("gen_ai.tool.name", name);
        made.text("gen_ai.tool.type", "function");
        made.text("gen_ai.tool.call.id", shown_id);
        made.text("gen_ai.tool.call.arguments", given_.secrets.json(call.arguments, where));
        made.flag("tapes.derived", true);
        if (result != nullptr) {
            made.text("gen_ai.tool.call.result",
                      given_.secrets.text(result->tool_output, "result of " + shown_id));
            if (result->is_error) {
                made.fail("tool_error", "the client marked the result as an error");
            }
        }
        emit(std::move(made));
    }

    /// Exchanges that gave no turn belong to no thread: errors, and what broke off.
    void write_without_turn() {
        const auto main = std::ranges::find(threads_, catalogue::thread_kind::main, &catalogue::thread::kind);
        const auto parent = main == threads_.end() ? std::string{} : thread_span_id(*main, trace_);
        exchange_list all{given_.from, given_.about};
        while (const auto seq = all.next()) {
            const auto row = given_.from.kept_exchange(*seq);
            if (row && !row->api.empty() && row->dropped != capture::drop_reason::none) {
                auto made = chat_span(given_, *seq, conversation_, hashes_);
                made.parent_id = parent;
                emit(std::move(made));
            }
        }
    }

    task& given_;
    std::optional<catalogue::session> session_;
    std::vector<catalogue::thread> threads_;
    std::string trace_, conversation_;
    std::map<std::string, open_call> calls_;
    std::int64_t last_end_us_ = 0;
    bool hashes_ = true;
};

}  // namespace

void write_otlp(task& given) {
    otlp_writer{given}.run();
}

}  // namespace tapes::exports
