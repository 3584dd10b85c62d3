#pragma once

#include "file/sqlite.hpp"
#include "temporary_store.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/writer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tapes::store::test {

using namespace std::chrono_literals;

/// Counts what a lane is handed.
class test_lane : public capture::lane {
public:
    void deliver(std::vector<std::shared_ptr<capture::receipt>> settled) override {
        const std::lock_guard guard{mutex_};
        ++calls_;
        told_ += settled.size();
        changed_.notify_all();
    }
    /// False when it takes longer than any of this should.
    bool wait_for(std::size_t told) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, 60s, [&] { return told_ >= told; });
    }
    std::size_t calls() const {
        const std::lock_guard guard{mutex_};
        return calls_;
    }
    std::size_t told() const {
        const std::lock_guard guard{mutex_};
        return told_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t calls_ = 0;
    std::size_t told_ = 0;
};

class test_receipt : public capture::receipt {
public:
    using capture::receipt::receipt;
    void settled() override {}
};

/// A piece of a request behind another, or the first.
inline piece make_piece(std::string_view bytes, const merkle::digest* above) {
    piece made;
    std::string hashed;
    if (above != nullptr) {
        hashed.assign(above->begin(), above->end());
    }
    made.digest = merkle::sha256(hashed.append(bytes));
    made.bytes = {std::string{bytes}, false, bytes.size()};
    return made;
}

inline capture::budget& limits() {
    static capture::budget made{1ULL << 30, 1ULL << 30};
    return made;
}
inline const capture::spill_policy& policy() {
    static const capture::spill_policy made;
    return made;
}

/// An exchange as the record room hands it over, without nodes.
inline std::unique_ptr<entry> make_exchange(capture::drop_reason dropped = capture::drop_reason::none) {
    auto made = std::make_unique<entry>();
    made->exchange = std::make_unique<capture::exchange>(limits(), policy());
    auto& seen = *made->exchange;
    const auto now =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    seen.id = capture::make_uuid(now);
    seen.peer = "127.0.0.1:5000";
    seen.method = "POST";
    seen.path = "/v1/chat/completions";
    seen.upstream = "http://127.0.0.1:9";
    seen.provider = "openai";
    seen.agent_name = "agent";
    seen.project = "project";
    seen.status = 200;
    seen.accepted_at = seen.first_byte_at = seen.last_byte_at = now;
    made->target = "/v1/chat/completions?a=b";
    made->dropped = dropped;
    made->api = "openai_chat";
    made->model = "gpt-4o";
    made->response_model = "gpt-4o-2024-08-06";
    made->response_id = "chatcmpl-1";
    made->session = "session-1";
    made->stop_reason = "stop";
    made->used.prompt_tokens = 3;
    made->used.completion_tokens = 4;
    made->used.total_tokens = 7;
    return made;
}

inline void add_node(entry& to, const std::string& text, int parent, int choice = -1) {
    std::optional<merkle::link> above;
    if (parent >= 0) {
        above = to.nodes[static_cast<std::size_t>(parent)].node.position;
    }
    merkle::message said{choice < 0 && to.nodes.size() % 2 == 0 ? "user" : "assistant", {}};
    merkle::block block;
    block.type = "text";
    block.text = text;
    said.content.push_back(block);
    const merkle::identity identity{to.model, to.exchange->provider, to.exchange->agent_name};
    to.nodes.push_back({merkle::make_node(above, identity, said), parent, choice, choice < 0 ? "" : "stop"});
}

/// A turn of a chain of `texts`, the last of which is the answer.
inline std::unique_ptr<entry> make_turn(const std::vector<std::string>& texts) {
    auto made = make_exchange();
    for (std::size_t i = 0; i < texts.size(); ++i) {
        add_node(*made, texts[i], static_cast<int>(i) - 1, i + 1 == texts.size() ? 0 : -1);
    }
    made->keep_wire = true;
    made->wire.request_head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x";
    made->wire.response_head = "HTTP/1.1 200 OK";
    made->wire.request = {"request", false, 7};
    made->wire.response = {"answer", false, 6};
    return made;
}

inline std::vector<std::unique_ptr<entry>> one(std::unique_ptr<entry> only) {
    std::vector<std::unique_ptr<entry>> made;
    made.push_back(std::move(only));
    return made;
}

inline std::string hex(const merkle::digest& hash) {
    return merkle::to_hex(hash);
}

/// A store that is open for writing, with its ledger and a lane to wait on.
class open_store {
public:
    explicit open_store(const temporary_store& where, writer::settings how = {})
        : lock{where.options()}, out{lock, account, std::move(how)} {}

    /// Submits as the relay and the record room would; waits for nothing.
    void submit(std::vector<std::unique_ptr<entry>> entries) {
        for (const auto& each : entries) {
            account.accept();
            each->exchange->waiter = std::make_shared<test_receipt>(lane);
        }
        submitted_ += entries.size();
        out.submit(std::move(entries));
    }
    bool commit(std::unique_ptr<entry> only) {
        submit(one(std::move(only)));
        return lane.wait_for(submitted_);
    }
    bool settled() { return lane.wait_for(submitted_); }

    store_lock lock;
    capture::ledger account;
    test_lane lane;
    writer out;

private:
    std::size_t submitted_ = 0;
};

inline std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + 60s;
}

inline std::int64_t number(const std::string& path, const std::string& sql) {
    connection db{path, SQLITE_OPEN_READONLY};
    return db.integer(sql);
}
inline std::string text(const std::string& path, const std::string& sql) {
    connection db{path, SQLITE_OPEN_READONLY};
    statement query{db, sql};
    return query.step() ? std::string{query.text_at(0)} : std::string{};
}

inline std::uint64_t dropped(const capture::ledger::totals& in, capture::drop_reason reason) {
    return in.dropped[static_cast<std::size_t>(reason)];
}

}  // namespace tapes::store::test
