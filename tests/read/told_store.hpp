#pragma once

#include "temporary_store.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/store/chain_reader.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// A store that tests fill turn by turn.
namespace tapes::read::test {

inline merkle::block text_block(std::string text) {
    merkle::block made;
    made.type = "text";
    made.text = std::move(text);
    return made;
}

inline merkle::block call_block(std::string id, std::string tool, std::string input) {
    merkle::block made;
    made.type = "tool_use";
    made.tool_use_id = std::move(id);
    made.tool_name = std::move(tool);
    made.tool_input = std::move(input);
    return made;
}

inline merkle::block result_block(std::string id, std::string output) {
    merkle::block made;
    made.type = "tool_result";
    made.tool_result_id = std::move(id);
    made.tool_output = std::move(output);
    return made;
}

/// A message of one text.
inline merkle::message said(std::string role, std::string text) {
    return {std::move(role), {text_block(std::move(text))}};
}

struct turn_options {
    std::string session = "session-1";
    std::string model = "gpt-4o";
    std::string provider = "openai";
    std::string client = "curl";
    std::string program;
    std::string project = "project";
    std::string agent_id;  ///< of a sub-agent
    int day = 0;           ///< after the first
    capture::drop_reason dropped = capture::drop_reason::none;
    capture::end_reason ended = capture::end_reason::complete;
    int status = 200;
    merkle::usage used = {};
    std::string method = "POST";
    std::string api = "openai_chat";
    std::optional<std::int64_t> at_s;  ///< accepted, seconds after the first; else 10 behind the one before
    std::string request_head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n";
    /// What is kept of the wire, unless the answer's head is empty.
    std::string request, response_head, response;
    bool response_decoded = false;
    capture::chunk_times times = {};
    std::int64_t first_byte_ms = 500, last_byte_ms = 1500;  ///< behind the request's head
    bool streamed = false;
};

class told_store {
public:
    ~told_store() { end_writer(); }

    /// Ends the writer's thread; nothing is told afterwards.
    void end_writer() { out_.stop(std::chrono::steady_clock::now() + std::chrono::seconds{60}); }

    /// Commits an exchange whose request is `request` and whose answer is `answer`.
    void tell(const std::vector<merkle::message>& request, const std::optional<merkle::message>& answer,
              const turn_options& options = {}) {
        auto made = std::make_unique<store::entry>();
        made->exchange = std::make_unique<capture::exchange>(limits_, policy_);
        auto& seen = *made->exchange;
        // From 2025-06-30T12:00:00Z on: a year that is over.
        ++told_;
        const capture::timestamp at{
            std::chrono::seconds{1'751'284'800 + 86'400 * options.day + options.at_s.value_or(10 * told_)}};
        seen.id = {0x01, 0x97, 0xc1, 0, 0, 0, 0x70};
        seen.id[15] = static_cast<std::uint8_t>(told_);
        seen.method = options.method;
        seen.path = "/v1/chat/completions";
        seen.provider = options.provider;
        seen.project = options.project;
        seen.status = options.status;
        seen.ended = options.ended;
        seen.accepted_at = at;
        seen.first_byte_at = at + std::chrono::milliseconds{options.first_byte_ms};
        seen.last_byte_at = at + std::chrono::milliseconds{options.last_byte_ms};
        made->api = options.api;
        made->dropped = options.dropped;
        made->model = options.model;
        made->session = options.session;
        made->sender.client = options.client;
        made->sender.program = options.program;
        made->sender.agent_id = options.agent_id;
        made->used = options.used;
        made->streamed = options.streamed;
        keep_wire(*made, options);
        if (options.dropped == capture::drop_reason::none) {
            made->stop_reason = "stop";
            add_nodes(*made, request, answer);
        }
        id_ = capture::to_string(seen.id);
        commit(std::move(made));
    }

    std::string path() const { return where_.path(); }
    /// Of the newest node that was told, and of the newest exchange.
    merkle::digest head() const { return head_; }
    std::string exchange_id() const { return id_; }

private:
    static store::wire_bytes plain(const std::string& bytes) { return {bytes, false, bytes.size()}; }
    static void keep_wire(store::entry& to, const turn_options& options) {
        if (options.response_head.empty()) {
            return;
        }
        to.keep_wire = true;
        to.wire.request_head = options.request_head;
        to.wire.request = plain(options.request);
        to.wire.response_head = options.response_head;
        to.wire.response = plain(options.response);
        to.wire.response_decoded = options.response_decoded;
        to.exchange->response_times = options.times;
    }
    /// As the record room does it: what is known already is not told again.
    void add_nodes(store::entry& to, const std::vector<merkle::message>& request,
                   const std::optional<merkle::message>& answer) {
        const merkle::identity identity{to.model, to.exchange->provider, ""};
        std::optional<merkle::link> above;
        auto all = request;
        if (answer) {
            all.push_back(*answer);
        }
        for (const auto& one : all) {
            auto node = merkle::make_node(above, identity, one);
            above = node.position;
            const bool last = answer && &one == &all.back();
            if (const auto found = find(node.position); found && to.nodes.empty() && !last) {
                to.above = found;
                continue;
            }
            const auto count = static_cast<int>(to.nodes.size());
            to.nodes.push_back({std::move(node), count - 1, last ? 0 : -1, last ? "stop" : ""});
        }
        head_ = above->hash;
    }
    std::optional<store::known_node> find(const merkle::link& position) {
        store::chain_reader rows{path()};
        const auto found = rows.find(merkle::to_hex(position.hash), 1);
        if (found.empty()) {
            return std::nullopt;
        }
        const auto row = rows.row(found.front());
        return store::known_node{position, row->id, row->root, row->depth};
    }
    void commit(std::unique_ptr<store::entry> made) {
        const auto before = out_.last_seq();
        std::vector<std::unique_ptr<store::entry>> one;
        one.push_back(std::move(made));
        account_.accept();
        out_.submit(std::move(one));
        if (out_.wait_past(before, std::chrono::seconds{20}) == before) {
            throw std::runtime_error{"nothing was committed"};
        }
    }

    store::test::temporary_store where_;
    capture::budget limits_{1ULL << 30, 1ULL << 30};
    capture::spill_policy policy_;
    store::store_lock lock_{where_.options()};
    capture::ledger account_;
    store::writer out_{lock_, account_, {}};
    std::int64_t told_ = 0;
    merkle::digest head_{};
    std::string id_;
};

}  // namespace tapes::read::test
