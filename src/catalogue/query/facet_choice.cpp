#include "pass/facet_block.hpp"
#include "pass/tool_list.hpp"
#include "query/reader_impl.hpp"

#include <tapes/catalogue/facet_choice.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <unordered_map>

namespace tapes::catalogue {

namespace {

constexpr std::array members{&node_facets::role, &node_facets::model, &node_facets::provider,
                             &node_facets::project, &node_facets::agent};
/// No string has it.
constexpr std::int64_t unknown = -1;

}  // namespace

class facet_choice::impl {
public:
    impl(reader& from, const std::vector<facet_condition>& all) : from_{from} {
        for (const auto& one : all) {
            if (one.facet == node_facet::tool) {
                tools_.push_back(from_.inside().reading([&] { return from_.inside().id_of(one.value); }));
                continue;
            }
            auto& its = asked_[static_cast<std::size_t>(one.facet)];
            const auto id = from_.inside().reading([&] { return from_.inside().id_of(one.value); });
            (one.negated ? its.others : its.wanted).push_back(id == 0 && !one.value.empty() ? unknown : id);
        }
        possible_ = std::ranges::none_of(asked_, [](const condition& its) {
            return !its.wanted.empty() &&
                   std::ranges::count(its.wanted, unknown) == static_cast<std::ptrdiff_t>(its.wanted.size());
        });
    }

    std::int64_t newest(std::int64_t first, std::int64_t last) {
        while (possible_ && last >= first && last > 0) {
            const auto block = newest_block(facet_block::block_of(first), facet_block::block_of(last));
            if (!block) {
                break;
            }
            const auto start = *block * facet_block::size;
            auto place = facet_block::block_of(last) == *block ? facet_block::place_of(last) + 1
                                                               : static_cast<std::size_t>(facet_block::size);
            while (place != 0) {
                if (chosen_[--place]) {
                    const auto node = start + static_cast<std::int64_t>(place);
                    return node >= first ? node : 0;
                }
            }
            last = start - 1;
        }
        return 0;
    }

    bool chooses(std::int64_t node) {
        const auto block = facet_block::block_of(node);
        return possible_ && newest_block(block, block) && chosen_[facet_block::place_of(node)];
    }

private:
    struct condition {
        std::vector<std::int64_t> wanted, others;
    };

    bool has_tool(std::int64_t list) {
        if (tools_.empty() || list == 0) {
            return tools_.empty();
        }
        const auto [known, is_new] = with_tool_.try_emplace(list, false);
        if (is_new) {
            known->second = may_have_tool(from_.inside().name(list), tools_);
        }
        return known->second;
    }

    bool holds(const node_facets& facets) {
        for (std::size_t i = 0; i < members.size(); ++i) {
            const auto value = facets.*members[i];
            const auto has = [&](const std::vector<std::int64_t>& ids) {
                return std::ranges::find(ids, value) != ids.end();
            };
            if (has(asked_[i].others) || (!asked_[i].wanted.empty() && !has(asked_[i].wanted))) {
                return false;
            }
        }
        return has_tool(facets.tools);
    }

    /// Makes the newest block from `first` to `last` that has a chosen set the one at hand.
    std::optional<std::int64_t> newest_block(std::int64_t first, std::int64_t last) {
        if (at_ == last) {
            return at_;
        }
        auto& in = from_.inside();
        return in.reading([&]() -> std::optional<std::int64_t> {
            std::optional<std::int64_t> found;
            {
                auto& row = in.query(
                    "SELECT block, value FROM facet_sets WHERE block BETWEEN ?1 AND ?2 ORDER BY block DESC",
                    {first, last});
                const sqlite::reset_at_end guard{row};
                while (!found && row.step()) {
                    const auto sets = facet_block::read_sets(row.blob_at(1));
                    if (std::ranges::any_of(sets, [&](const node_facets& one) { return holds(one); })) {
                        found = row.integer_at(0);
                    }
                }
            }
            if (found) {
                read_block(*found);
            }
            return found;
        });
    }

    void read_block(std::int64_t id) {
        facet_block block;
        {
            auto& row = from_.inside().query(
                "SELECT s.value, n.value FROM facet_sets s JOIN facet_nodes n ON n.block = s.block"
                " WHERE s.block = ?1",
                {id});
            const sqlite::reset_at_end guard{row};
            if (row.step()) {
                block.read(row.blob_at(0), row.blob_at(1));
            }
        }
        std::vector<bool> of_set{false};
        for (const auto& one : block.sets()) {
            of_set.push_back(holds(one));
        }
        for (std::size_t i = 0; i < block.set_of().size(); ++i) {
            chosen_[i] = of_set[block.set_of()[i]];
        }
        at_ = id;
    }

    reader& from_;
    std::array<condition, members.size()> asked_;
    std::vector<std::int64_t> tools_;                   ///< that are wanted; 0: one that nobody has used
    std::unordered_map<std::int64_t, bool> with_tool_;  ///< whether a list of tools has one of them
    bool possible_ = true;
    std::int64_t at_ = -1;  ///< the block at hand
    std::bitset<facet_block::size> chosen_;
};

facet_choice::facet_choice(reader& from, const std::vector<facet_condition>& all)
    : impl_{std::make_unique<impl>(from, all)} {}
facet_choice::~facet_choice() = default;

std::int64_t facet_choice::newest(std::int64_t first, std::int64_t last) {
    return impl_->newest(first, last);
}

bool facet_choice::chooses(std::int64_t node) {
    return impl_->chooses(node);
}

}  // namespace tapes::catalogue
