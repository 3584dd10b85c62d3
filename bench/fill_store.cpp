// Fills a store with conversations, by way of the store's own writer: what the benches of the reading side
// read.
#include <tapes/capture/exchange.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/writer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace tapes;
using namespace std::chrono_literals;

constexpr std::size_t turns_of_session = 100;
constexpr std::size_t open_sessions =
    1000;  // they take turns, so that a parent is committed before its child
constexpr std::size_t most_queued = 20'000;

constexpr std::array models{"gpt-4o", "claude-sonnet-4-5", "gpt-5", "claude-opus-4-5"};
constexpr std::array projects{"shop", "ledger", "compiler", "site", "robot", "atlas", "notes", "infra"};
constexpr std::array agents{"", "reviewer", "planner"};
constexpr std::array syllables{"ka", "to", "mi",  "re",  "su",  "lo", "ne",  "va",
                               "di", "po", "gra", "sti", "fer", "un", "quo", "bel"};

/// Words as frequent as those of a language: few are common, many are rare.
class vocabulary {
public:
    vocabulary() {
        for (std::size_t number = 0; number < 50'000; ++number) {
            std::string word;
            for (auto rest = number + 1; rest != 0; rest /= syllables.size()) {
                word += syllables[rest % syllables.size()];
            }
            words_.push_back(std::move(word));
        }
    }
    std::string text(std::size_t words) {
        std::string made;
        for (std::size_t i = 0; i < words; ++i) {
            const double place = std::uniform_real_distribution{0.0, 1.0}(random_);
            made += words_[static_cast<std::size_t>(static_cast<double>(words_.size() - 1) * place * place *
                                                    place * place)];
            made += i % 12 == 11 ? ". " : " ";
        }
        return made;
    }

private:
    std::vector<std::string> words_;
    std::mt19937_64 random_{20260131};  // NOLINT(*-msc51-cpp,*-msc32-c): each store is the same
};

struct conversation {
    std::size_t number = 0;
    std::size_t turns = 0;
    std::int64_t tokens = 0;
    std::int64_t root = 0;
    std::optional<store::known_node> last;
};

class filler {
public:
    filler(const std::string& path, std::size_t nodes)
        : lock_{store::open_options{path, store::synchronous::normal, {}}},
          out_{lock_, account_, {}},
          sessions_{std::max<std::size_t>(1, nodes / (2 * turns_of_session))} {}

    void run() {
        std::vector<conversation> open;
        std::size_t begun = 0;
        while (true) {
            while (open.size() < open_sessions && begun < sessions_) {
                open.push_back({begun++, 0, 0, 0, {}});
            }
            if (open.empty()) {
                break;
            }
            std::vector<std::unique_ptr<store::entry>> group;
            for (auto& each : open) {
                group.push_back(next_turn(each));
            }
            std::erase_if(open, [](const auto& each) { return each.turns == turns_of_session; });
            out_.submit(std::move(group));
            while (out_.status().queued > most_queued) {
                std::this_thread::sleep_for(1ms);
            }
        }
        out_.stop(std::chrono::steady_clock::now() + 60s);
    }

private:
    void add(store::entry& to, conversation& in, std::string_view role, merkle::block block, int choice) {
        std::optional<merkle::link> above;
        if (!to.nodes.empty()) {
            above = to.nodes.back().node.position;
        } else if (in.last) {
            above = in.last->position;
        }
        merkle::message said{std::string{role}, {std::move(block)}};
        const int parent = to.nodes.empty() ? -1 : 0;
        to.nodes.push_back(
            {merkle::make_node(above, {to.model, to.exchange->provider, to.exchange->agent_name}, said),
             parent, choice, choice < 0 ? "" : to.stop_reason});
    }

    std::unique_ptr<store::entry> next_turn(conversation& in) {
        auto made = std::make_unique<store::entry>();
        made->exchange = std::make_unique<capture::exchange>(budget_, policy_);
        auto& seen = *made->exchange;
        account_.accept();
        const auto kind = in.number % models.size();
        // Half a year of conversations, in which one begins after the other.
        const auto begun =
            start_ + in.number * (std::chrono::microseconds{std::chrono::days{180}} / sessions_);
        seen.accepted_at = begun + in.turns * 30s;
        seen.first_byte_at = seen.accepted_at + 400ms;
        seen.last_byte_at = seen.accepted_at + 3s;
        seen.id = capture::make_uuid(seen.accepted_at);
        seen.peer = "127.0.0.1:5000";
        seen.method = "POST";
        seen.provider = kind % 2 == 0 ? "openai" : "anthropic";
        seen.path = kind % 2 == 0 ? "/v1/chat/completions" : "/v1/messages";
        seen.agent_name = agents[in.number % agents.size()];
        seen.project = projects[in.number % projects.size()];
        seen.status = 200;
        made->target = seen.path;
        made->api = kind % 2 == 0 ? "openai_chat" : "anthropic_messages";
        made->model = made->response_model = models[kind];
        made->session = "session-" + std::to_string(in.number);
        made->sender = {"agent", "client", "", "", ""};
        made->above = in.last;
        add_messages(*made, in);
        in.tokens += 150;
        made->used.prompt_tokens = in.tokens;
        made->used.completion_tokens = 80;
        made->used.total_tokens = in.tokens + 80;
        made->used.cache_read_input_tokens = in.tokens - 150;
        return made;
    }

    void add_messages(store::entry& to, conversation& in) {
        const bool calls = in.turns % 4 == 1;
        to.stop_reason = calls ? "tool_calls" : "stop";
        merkle::block question;
        if (in.turns % 4 == 2) {
            question.type = "tool_result";
            question.tool_result_id = "call-" + std::to_string(in.turns - 1);
            question.tool_output = words_.text(40);
        } else {
            question.type = "text";
            question.text = words_.text(20);
        }
        const auto* const role = question.type == "text" ? "user" : "tool";
        add(to, in, role, std::move(question), -1);
        merkle::block answer;
        if (calls) {
            answer.type = "tool_use";
            answer.tool_use_id = "call-" + std::to_string(in.turns);
            answer.tool_name = "shell";
            answer.tool_input = R"({"command":"grep )" + words_.text(3) + "\"}";
        } else {
            answer.type = "text";
            answer.text = words_.text(40);
        }
        add(to, in, "assistant", std::move(answer), 0);
        // The writer numbers nodes in the order in which it is given them.
        nodes_ += 2;
        in.root = in.root == 0 ? nodes_ - 1 : in.root;
        ++in.turns;
        in.last = store::known_node{to.nodes.back().node.position, nodes_, in.root,
                                    static_cast<std::int64_t>(2 * in.turns - 1)};
    }

    capture::budget budget_{1ULL << 32, 1ULL << 30};
    capture::spill_policy policy_;
    capture::ledger account_;
    store::store_lock lock_;
    store::writer out_;
    vocabulary words_;
    std::size_t sessions_;
    std::int64_t nodes_ = 0;
    std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds> start_ =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) -
        std::chrono::days{180};
};

}  // namespace

int main(int count, char** values) {
    if (count != 3) {
        std::cerr << "use: tapes_bench_fill_store FILE NODES    (a new store of about so many nodes)\n";
        return 2;
    }
    try {
        filler{values[1], static_cast<std::size_t>(std::strtoull(values[2], nullptr, 10))}.run();
    } catch (const std::exception& error) {
        std::cerr << "tapes_bench_fill_store: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
