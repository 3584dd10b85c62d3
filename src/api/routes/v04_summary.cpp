#include "routes/asked.hpp"
#include "routes/v04_leaves.hpp"
#include "routes/v04_node.hpp"
#include "routes/v04_routes.hpp"

#include <tapes/llm/typed_text.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/json.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/utf8.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// `/v1/sessions/summary` of tapes v0.4: each leaf with what its chain used and how it ended.
namespace tapes::api {

namespace {

/// A page ends with the leaf with which so many nodes were looked into, or so many links of chains followed.
/// A chain of more nodes than that is summed up from its newest ones.
constexpr std::size_t nodes_most = 20'000;
constexpr std::size_t links_most = 1'000'000;
constexpr std::size_t label_bytes = 36;
constexpr std::size_t label_prompts = 3;

/// What a node adds to the summary of each chain that it is part of.
struct node_part {
    std::string role, model, provider, agent_name, project, stop_reason;
    std::string prompt;  ///< the beginning of what a person typed, in one line
    std::int64_t created_at_us = 0;
    std::int64_t input_tokens = 0, output_tokens = 0;
    read::cost price;
    std::uint64_t calls = 0;
    bool tool_error = false;
    bool git_activity = false;
};

bool contains_word(std::string_view text, std::string_view wanted) {
    return !std::ranges::search(text, wanted, {}, text::to_lower, text::to_lower).empty();
}

/// A shell command of an agent by which v0.4 takes a session's work for done.
bool is_git_activity(const merkle::block& call) {
    if (call.tool_name != "Bash") {
        return false;
    }
    const auto input = nlohmann::json::parse(call.tool_input, nullptr, false);
    if (!input.is_object() || !input.contains("command") || !input["command"].is_string()) {
        return false;
    }
    const auto& command = input["command"].get_ref<const std::string&>();
    return contains_word(command, "git commit") || contains_word(command, "git push");
}

void look_into(node_part& part, const std::vector<merkle::block>& content) {
    for (const auto& block : content) {
        if (block.type == "tool_use") {
            ++part.calls;
            part.git_activity = part.git_activity || is_git_activity(block);
        }
        part.tool_error = part.tool_error || (block.type == "tool_result" && block.is_error);
    }
    if (part.role == "user") {
        part.prompt = llm::title_of(content);
    }
}

/// As v0.4 tells from a chain's end how a session went.
std::string_view status_of(const node_part& leaf, bool tool_error, bool git_activity) {
    if (tool_error) {
        return "failed";
    }
    if (git_activity) {
        return "completed";
    }
    if (leaf.role != "assistant") {
        return "abandoned";
    }
    static constexpr std::array completed{"stop", "end_turn", "end-turn", "eos", "completed"};
    static constexpr std::array failed{"length", "max_tokens", "content_filter", "tool_use",
                                       "tool_use_response"};
    const auto is_reason = [&](std::string_view one) {
        return text::equal_ignoring_case(one, leaf.stop_reason);
    };
    if (std::ranges::any_of(completed, is_reason)) {
        return "completed";
    }
    return std::ranges::any_of(failed, is_reason) || contains_word(leaf.stop_reason, "error") ? "failed"
                                                                                              : "unknown";
}

double dollars(read::picodollars amount) {
    return static_cast<double>(amount) / 1e12;
}

/// Sums up chains. What was looked into once counts for all chains of a page.
class summarizer {
public:
    explicit summarizer(record& from) : from_{from} {}

    read::ordered_json summary(const store::node_row& leaf) {
        auto chain = from_.from().chains.chain(leaf.id);
        links_ += chain.size();
        const bool truncated = chain.size() > nodes_most;
        if (truncated) {
            chain.erase(chain.begin(), chain.end() - static_cast<std::ptrdiff_t>(nodes_most));
        }
        totals sums;
        for (const auto& link : chain) {
            sums.add(part_of(link));
        }
        auto made = sums.json(leaf, part_of(chain.back()));
        if (truncated) {
            made["truncated"] = true;
        }
        return made;
    }

    bool is_full() const noexcept { return parts_.size() >= nodes_most || links_ >= links_most; }

private:
    /// The sums of a chain, of which the root comes first.
    struct totals {
        std::int64_t first_at_us = 0;
        std::int64_t input_tokens = 0, output_tokens = 0;
        read::cost price;
        std::uint64_t calls = 0, messages = 0;
        bool tool_error = false, git_activity = false;
        std::string first_model, project, agent_name;
        std::map<std::string, read::picodollars> models;
        std::vector<std::string_view> prompts;  ///< of parts, which stay

        void add(const node_part& part) {
            if (messages++ == 0) {
                first_at_us = part.created_at_us;
            }
            input_tokens += part.input_tokens;
            output_tokens += part.output_tokens;
            price += part.price;
            calls += part.calls;
            tool_error = tool_error || part.tool_error;
            git_activity = git_activity || part.git_activity;
            for (const auto& [to, from] :
                 {std::pair{&first_model, &part.model}, std::pair{&project, &part.project},
                  std::pair{&agent_name, &part.agent_name}}) {
                if (to->empty()) {
                    *to = *from;
                }
            }
            if (part.price.total() > 0) {
                models[part.model] += part.price.total();
            }
            if (!part.prompt.empty()) {
                prompts.emplace_back(part.prompt);
            }
        }

        std::string label(const merkle::digest& leaf) const {
            const auto count = std::min(prompts.size(), label_prompts);
            std::string made;
            for (const auto prompt : std::span{prompts}.last(count)) {
                made.append(made.empty() ? "" : " / ").append(prompt);
            }
            if (made.empty()) {
                return merkle::to_hex(leaf).substr(0, 9) + "...";
            }
            if (made.size() > label_bytes) {
                made.resize(text::character_start(made, label_bytes - 3));
                made += "...";
            }
            return made;
        }

        std::string model() const {
            const auto most = std::ranges::max_element(models, {}, &decltype(models)::value_type::second);
            return most == models.end() ? first_model : most->first;
        }

        read::ordered_json json(const store::node_row& leaf, const node_part& last) const {
            read::ordered_json made{{"id", merkle::to_hex(leaf.hash)},
                                    {"label", label(leaf.hash)},
                                    {"model", model()},
                                    {"project", project}};
            if (!agent_name.empty()) {
                made["agent_name"] = agent_name;
            }
            const auto microseconds = std::max<std::int64_t>(0, leaf.created_at_us - first_at_us);
            made.update({{"status", status_of(last, tool_error, git_activity)},
                         {"start_time", read::moment_json(first_at_us)},
                         {"end_time", read::moment_json(leaf.created_at_us)},
                         {"duration_ns", microseconds * 1000},
                         {"input_tokens", input_tokens},
                         {"output_tokens", output_tokens},
                         {"input_cost", dollars(price.input + price.cache_read + price.cache_write)},
                         {"output_cost", dollars(price.output)},
                         {"total_cost", dollars(price.total())},
                         {"tool_calls", calls},
                         {"message_count", messages},
                         {"session_count", 1}});
            return made;
        }
    };

    const node_part& part_of(const store::chain_link& link) {
        const auto [found, is_new] = parts_.try_emplace(link.node);
        if (is_new) {
            read_part(found->second, link);
        }
        return found->second;
    }

    void read_part(node_part& part, const store::chain_link& link) {
        auto& from = from_.from();
        if (auto row = from.chains.row(link.node)) {
            part.role = std::move(row->role);
            part.model = std::move(row->model);
            part.provider = std::move(row->provider);
            part.agent_name = std::move(row->agent_name);
            part.project = std::move(row->project);
            part.stop_reason = std::move(row->stop_reason);
            part.created_at_us = row->created_at_us;
        }
        if (link.exchange != 0) {
            if (const auto one = from.find_exchange(link.exchange); one && one->tokens) {
                part.input_tokens = one->tokens->context();
                part.output_tokens = one->tokens->output;
                part.price = one->price;
            }
        }
        if (const auto content = v04_blocks(from_, link.node)) {
            look_into(part, *content);
        }
    }

    record& from_;
    std::unordered_map<std::int64_t, node_part> parts_;
    std::size_t links_ = 0;
};

response v04_summary(const asked& from, record& record) {
    const auto page = find_leaves(from, record);
    summarizer all{record};
    auto items = read::ordered_json::array();
    auto next = page.next;
    for (const auto& [leaf, behind] : page.leaves) {
        items.push_back(all.summary(leaf));
        if (all.is_full() && &leaf != &page.leaves.back().node) {
            next = behind;
            break;
        }
    }
    return {200, read::dumped({{"items", std::move(items)}, {"next_cursor", next}}) + "\n"};
}

}  // namespace

void add_v04_summary_route(route_table& table) {
    add_reading(
        table, "/v0.4/v1/sessions/summary",
        {"v04_summary",
         "Lists nodes without a child as /v0.4/v1/sessions does, with what their chains used and how they "
         "ended.",
         {},
         leaf_parameters(),
         "",
         {{200, "A page of summaries. Costs are in US dollars; a model without a price costs nothing.",
           "v04_summaries"}},
         {400, 503}},
        v04_summary);
}

}  // namespace tapes::api
