#include "read/search/search_support.hpp"

#include <tapes/sqlite/connection.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

namespace tapes::read::filters_test {

namespace {

using test::call_block;
using test::said;
using test::searched_store;
using test::turn_options;

/// What a message is chosen by.
struct facts {
    std::set<std::string> words;
    std::map<std::string, std::string> names;  ///< by the key of a filter
    std::int64_t parent = 0;
    int day = 0;
    bool error = false;
};

constexpr std::array vocabulary{"often", "common", "usual", "rare", "seldom", "once"};
constexpr const char* no_such = "nowhere";

/// Conversations in a store, and what is known of each of their messages.
class conversations {
public:
    void step() {
        const auto number = dice(0, 6);
        auto& chain = chains_[number];
        if (chain.empty() || dice(0, 3) == 0) {
            chain.clear();
        } else if (dice(0, 3) == 0) {
            chain.resize(2 * static_cast<std::size_t>(dice(1, static_cast<int>(chain.size() / 2))));
        }
        turn_options options;
        options.session = "session-" + std::to_string(number);
        // Another model or provider makes all nodes of a chain others, another project another session.
        options.model = number == 5 ? "rare-model" : number < 3 ? "gpt-4o" : "gpt-5";
        options.provider = number % 2 == 0 ? "openai" : "anthropic";
        options.project = number % 3 == 0 ? "site" : "shop";
        options.program = pick({"curl", "planner"});
        options.day = day_;
        options.status = dice(0, 5) == 0 ? 500 : 200;
        day_ += dice(0, 3);
        const bool calls = dice(0, 3) == 0;
        const auto answer = calls ? "assistant" : pick({"assistant", "model"});
        auto question = text();
        add(chain, said("user", question), question, "user", options, "");
        auto reply = text();
        const auto tool = calls ? pick({"Bash", "Read"}) : std::string{};
        add(chain,
            calls ? merkle::message{answer,
                                    {call_block("call-" + std::to_string(nodes.size() + 100'000'000), tool,
                                                "{\"a\":\"" + reply + "\"}")}}
                  : said(answer, reply),
            reply, answer, options, tool);
        std::vector<merkle::message> request;
        for (const auto& [message, id] : chain) {
            request.push_back(message);
        }
        const auto last = request.back();
        request.pop_back();
        here.store.tell(request, last, options);
    }

    /// Has the index begin another generation with the next node.
    void begin_generation() {
        (void)here.from();
        sqlite::connection db{catalogue::path_of(here.store.path()), SQLITE_OPEN_READWRITE};
        db.exec("UPDATE text_generation SET nodes = 1000000");
    }

    bool is_branch(std::int64_t node) const {
        const auto parent = nodes.at(node).parent;
        return parent != 0 &&
               std::ranges::count_if(nodes, [&](const auto& one) { return one.second.parent == parent; }) > 1;
    }

    int dice(int from, int to) { return std::uniform_int_distribution{from, to}(random_); }
    std::string pick(std::initializer_list<const char*> from) {
        return *(from.begin() + dice(0, static_cast<int>(from.size()) - 1));
    }
    int days() const { return day_; }

    searched_store here;
    std::map<std::int64_t, facts> nodes;

private:
    using known_chain = std::vector<std::pair<merkle::message, std::int64_t>>;

    std::string text() {
        std::string made = "message" + std::to_string(++texts_);
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            made += dice(0, 1 << i) == 0 ? std::string{" "} + vocabulary[i] : "";
        }
        return made;
    }
    void add(known_chain& to, merkle::message message, const std::string& text, const std::string& role,
             const turn_options& options, const std::string& tool) {
        facts made;
        std::size_t at = 0;
        while (at < text.size()) {
            const auto end = std::min(text.find(' ', at), text.size());
            made.words.insert(text.substr(at, end - at));
            at = end + 1;
        }
        made.names = {{"model", options.model},
                      {"provider", options.provider},
                      {"agent", options.program},
                      {"project", options.project},
                      {"role", role},
                      {"tool", tool},
                      {"session", options.session}};
        made.parent = to.empty() ? 0 : to.back().second;
        made.day = options.day;
        made.error = options.status == 500;
        const auto id = static_cast<std::int64_t>(nodes.size()) + 1;
        nodes[id] = std::move(made);
        to.emplace_back(std::move(message), id);
    }

    std::mt19937 random_{17};  // NOLINT(*-msc51-cpp,*-msc32-c): each run is the same
    std::map<int, known_chain> chains_;
    int day_ = 0;
    int texts_ = 0;
};

/// A filter as it is typed, and what it asks for.
struct filter {
    std::string key, value;
    bool negated = false;
    int day = 0;

    std::string typed() const {
        const bool no_error = key == "error" && negated;
        return no_error ? "error:no" : (negated ? "-" : "") + key + ":" + value;
    }
    bool holds(const conversations& in, std::int64_t node) const {
        const auto& its = in.nodes.at(node);
        if (key == "is") {
            return in.is_branch(node);
        }
        if (key == "error") {
            return its.error;
        }
        if (key == "since" || key == "until") {
            return (its.day >= day) == (key == "since");
        }
        return its.names.at(key) == value;
    }
};

filter random_filter(conversations& in) {
    filter made;
    made.key = in.pick({"model", "provider", "agent", "project", "role", "tool", "session", "since", "until",
                        "error", "is"});
    made.negated = in.dice(0, 3) == 0;
    const auto value = [&](std::initializer_list<const char*> from) {
        made.value = in.dice(0, 9) == 0 ? no_such : in.pick(from);
    };
    if (made.key == "model") {
        value({"gpt-4o", "gpt-5", "rare-model"});
    } else if (made.key == "provider") {
        value({"openai", "anthropic"});
    } else if (made.key == "agent") {
        value({"curl", "planner"});
    } else if (made.key == "project") {
        value({"site", "shop"});
    } else if (made.key == "role") {
        value({"user", "assistant", "model"});
    } else if (made.key == "tool") {
        value({"Bash", "Read"});
    } else if (made.key == "session") {
        value({"session-0", "session-3", "session-5"});
    } else if (made.key == "error") {
        made.value = "yes";
    } else if (made.key == "is") {
        made.value = "fork";
    } else {
        made.day = in.dice(0, in.days());
        // Exchanges were accepted from noon on.
        std::string time;
        text::append_rfc3339(time, (1'751'284'800LL - 43'200 + 86'400LL * made.day) * 1'000'000);
        made.value = time.substr(0, 10);
    }
    return made;
}

/// Looks at all nodes.
std::set<std::int64_t> plain_search(const conversations& in, const std::vector<std::string>& words,
                                    const std::vector<filter>& filters) {
    std::set<std::int64_t> found;
    for (const auto& [node, its] : in.nodes) {
        bool chosen = std::ranges::all_of(words, [&](const auto& word) { return its.words.contains(word); });
        std::map<std::string, bool> wanted;
        for (const auto& one : filters) {
            const bool held = one.holds(in, node);
            // Bounds of time hold together.
            const bool alone = one.key == "since" || one.key == "until";
            chosen = chosen && !(one.negated && held) && (!alone || one.negated || held);
            if (!one.negated && !alone) {
                wanted[one.key] = wanted[one.key] || held;
            }
        }
        chosen = chosen && std::ranges::all_of(wanted, [](const auto& key) { return key.second; });
        if (chosen) {
            found.insert(node);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("with any filters, a search finds what a look at all nodes finds") {
    conversations in;
    for (int i = 0; i < 1'100; ++i) {
        if (i % 400 == 399) {
            in.begin_generation();
        }
        in.step();
    }
    in.here.date_nodes();
    REQUIRE(in.nodes.size() > 2 * 1'024);  // several blocks of facets
    auto& from = in.here.from();
    std::size_t all = 0;
    for (int i = 0; i < 120; ++i) {
        std::vector<std::string> words;
        for (int count = in.dice(1, 2); count > 0; --count) {
            words.emplace_back(vocabulary[static_cast<std::size_t>(in.dice(0, vocabulary.size() - 1))]);
        }
        std::vector<filter> filters;
        std::string typed;
        for (const auto& one : words) {
            typed += one + " ";
        }
        for (int count = in.dice(0, 3); count > 0; --count) {
            filters.push_back(random_filter(in));
            typed += filters.back().typed() + " ";
        }
        CAPTURE(typed);
        const auto expected = plain_search(in, words, filters);
        all += expected.size();
        search_request request;
        request.newest = in.dice(0, 1) == 0;
        request.most = static_cast<std::size_t>(in.dice(1, 300));
        request.limits.ranked_hits = static_cast<std::size_t>(in.dice(1, 200));
        request.limits.ranked_nodes = static_cast<std::size_t>(in.dice(1, 400));
        std::vector<std::int64_t> found;
        request.query = read_search_query(typed);
        request.limits.time = std::chrono::minutes{5};
        do {
            const auto page = search(from, request);
            REQUIRE(page.problem == "");
            REQUIRE(page.hits.size() <= request.most);
            for (const auto& hit : page.hits) {
                found.push_back(hit.node);
            }
            request.after = page.next;
        } while (!request.after.empty());
        CHECK((!request.newest || std::ranges::is_sorted(found, std::ranges::greater{})));
        const std::set<std::int64_t> unique{found.begin(), found.end()};
        CHECK(unique.size() == found.size());
        std::vector<std::int64_t> differing;
        std::ranges::set_symmetric_difference(unique, expected, std::back_inserter(differing));
        REQUIRE(differing == std::vector<std::int64_t>{});
    }
    CHECK(all > 1'500);
}

}  // namespace tapes::read::filters_test
