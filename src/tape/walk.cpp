#include "walk.hpp"

#include "loose_text.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace tapes::tape {
namespace {

constexpr std::size_t most_entries = 200'000;
/// Longer recorded messages are compared with no request.
constexpr std::uint64_t most_content = 64U << 20U;
/// So much of the texts of the nearest message is kept.
constexpr std::size_t most_shown = 16U << 10U;
/// Of so many messages that differ the nearest is looked for.
constexpr std::size_t most_differing = 256;

struct branch {
    std::int64_t node = 0;
    directory_list known;
    std::uint64_t used = 0;
};

std::size_t key_of(std::int64_t node, const directory_list& known) {
    auto key = std::hash<std::int64_t>{}(node);
    for (const auto& one : known) {
        key = key * 1099511628211U + std::hash<std::string>{}(one);
    }
    return key;
}

std::size_t common_bytes(std::string_view left, std::string_view right) {
    const auto end = std::ranges::mismatch(left, right);
    return static_cast<std::size_t>(end.in1 - left.begin());
}

/// Keeps what stands around the first difference.
std::string cut_around(const std::string& text, std::size_t same) {
    const auto from = same > most_shown / 2 ? same - most_shown / 2 : 0;
    return text.substr(from, most_shown);
}

class walker {
public:
    walker(deck& from, const llm::request& request, const tolerance& past, loose_cache& cache, models of)
        : from_{from},
          request_{request},
          past_{past},
          cache_{cache},
          any_model_{of == models::any || past.has("model")} {}

    walk_outcome run(std::size_t first, std::int64_t start) {
        walk_outcome out;
        out.agreed = first;
        out.last = start;
        std::vector<branch> branches{{start, {}, 0}};
        directory_list known;  // of the request
        const auto& messages = request_.messages;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const auto asked = loose_text(messages[i], past_, known);
            if (i < first) {
                continue;
            }
            out.nearest.reset();
            differing_ = 0;
            auto next = step(branches, asked, out.nearest);
            if (next.empty()) {
                return out;
            }
            branches = std::move(next);
            out.agreed = i + 1;
            out.last = branches.front().node;
        }
        out.nearest.reset();
        for (const auto& one : branches) {
            out.ends.push_back(one.node);
        }
        out.used = branches.front().used;
        return out;
    }

private:
    /// Returns the recorded messages behind those of `branches` that agree, the newest first.
    std::vector<branch> step(const std::vector<branch>& branches, const std::string& asked,
                             std::optional<near_message>& nearest) {
        std::vector<branch> next;
        for (const auto& above : branches) {
            auto below = above.node == 0 ? from_.roots() : from_.children(above.node);
            if (above.node != 0) {
                std::ranges::reverse(below);
            }
            for (const auto node : below) {
                if (next.size() >= most_branches) {
                    return next;
                }
                if (auto agreed = compare(node, above, asked, nearest)) {
                    next.push_back(*std::move(agreed));
                }
            }
        }
        std::ranges::sort(next, [](const branch& a, const branch& b) { return a.node > b.node; });
        return next;
    }

    std::optional<branch> compare(std::int64_t node, const branch& above, const std::string& asked,
                                  std::optional<near_message>& nearest) {
        const auto row = from_.chains.row(node);
        if (!row || (!any_model_ && row->model != request_.model)) {
            return std::nullopt;
        }
        if (const auto known = cache_.find(node, above.known)) {
            if (known->digest == std::hash<std::string>{}(asked)) {
                return branch{node, known->known, above.used | known->used};
            }
            if (differing_ >= most_differing) {
                return std::nullopt;
            }
        }
        branch made{node, above.known, 0};
        const auto recorded = text_of(*row, made);
        if (!recorded) {
            return std::nullopt;
        }
        cache_.keep(node, above.known, {std::hash<std::string>{}(*recorded), made.used, made.known});
        if (*recorded == asked) {
            made.used |= above.used;
            return made;
        }
        ++differing_;
        if (const auto same = common_bytes(*recorded, asked); !nearest || same > nearest->same_bytes) {
            const auto from = same > most_shown / 2 ? same - most_shown / 2 : 0;
            nearest = near_message{node, cut_around(*recorded, same), cut_around(asked, same), same - from};
        }
        return std::nullopt;
    }

    std::optional<std::string> text_of(const store::node_row& row, branch& made) {
        std::string content;
        from_.chains.content(row.id, [&](std::string_view piece) {
            content += piece;
            return content.size() <= most_content;
        });
        if (content.size() > most_content) {
            return std::nullopt;
        }
        return loose_text(stored_text{row.role, row.provider, content}, past_, made.known, &made.used);
    }

    deck& from_;
    const llm::request& request_;
    const tolerance& past_;
    loose_cache& cache_;
    bool any_model_;
    std::size_t differing_ = 0;
};

}  // namespace

std::optional<loose_cache::entry> loose_cache::find(std::int64_t node, const directory_list& known) {
    const sync::lock_guard held{mutex_};
    const auto found = entries_.find(key_of(node, known));
    return found == entries_.end() ? std::nullopt : std::optional{found->second};
}

void loose_cache::keep(std::int64_t node, const directory_list& known, entry made) {
    const sync::lock_guard held{mutex_};
    if (entries_.size() >= most_entries) {
        entries_.clear();
    }
    entries_.insert_or_assign(key_of(node, known), std::move(made));
}

walk_outcome walk(deck& from, const llm::request& request, std::size_t first, std::int64_t start,
                  const tolerance& past, loose_cache& cache, models of) {
    return walker{from, request, past, cache, of}.run(first, start);
}

}  // namespace tapes::tape
