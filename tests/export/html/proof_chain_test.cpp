#include "html/proof_chain.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proof_chain_test {

using namespace tapes;
using namespace tapes::exports;
using form = proof_link::form;

struct stored {
    std::int64_t id;
    std::int64_t parent;
    std::string content;
    merkle::digest hash;
};

const merkle::identity one_model{"m", "p", ""};

/// A chain of texts, its ids from 1 on.
std::vector<stored> chain_of(const std::vector<std::string>& texts) {
    std::vector<stored> made;
    std::optional<merkle::digest> parent;
    for (const auto& text : texts) {
        const auto id = static_cast<std::int64_t>(made.size()) + 1;
        const auto content = R"([{"type":"text","text":")" + text + "\"}]";
        const auto hash = merkle::hash_stored(parent, one_model, "user", content).value();
        made.push_back({id, id - 1, content, hash});
        parent = hash;
    }
    return made;
}

linked_node as(const stored& from, carried state) {
    return {from.id,   from.parent,
            from.hash, one_model,
            "user",    state == carried::left_out ? std::string_view{} : std::string_view{from.content},
            state};
}

TEST_CASE("nodes that are whole name the hashes of the record") {
    const auto nodes = chain_of({"a", "b", "c"});
    proof_chain made{"key"};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto link = made.add(as(nodes[i], carried::whole)).value();
        CHECK(link.index == i);
        CHECK(link.kind == form::hash);
        CHECK(link.value == nodes[i].hash);
        CHECK(link.parent == (i == 0 ? std::nullopt : std::optional{i - 1}));
    }
    CHECK(!made.add(as(nodes[1], carried::whole)));
    CHECK(made.size() == 3);
}

TEST_CASE("a secret that nobody can guess leaves the hash, and those behind it") {
    const auto nodes = chain_of({"a", "secret", "c"});
    proof_chain made{"key"};
    made.add(as(nodes[0], carried::whole));
    CHECK(made.add(as(nodes[1], carried::redacted))->value == nodes[1].hash);
    CHECK(made.add(as(nodes[2], carried::whole))->value == nodes[2].hash);
}

TEST_CASE("behind a withheld node no hash of the record stands") {
    const auto nodes = chain_of({"a", "password", "c", "d", "e"});
    proof_chain made{"key"};
    std::vector<proof_link> links;
    const carried states[] = {carried::whole, carried::withheld, carried::whole, carried::redacted,
                              carried::whole};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        links.push_back(made.add(as(nodes[i], states[i])).value());
    }
    CHECK(links[0].kind == form::hash);
    CHECK(links[1].kind == form::stand_in);
    for (std::size_t i = 2; i < links.size(); ++i) {
        CHECK(links[i].kind == form::seal);
    }
    for (std::size_t i = 1; i < links.size(); ++i) {
        for (const auto& node : nodes) {
            CHECK(links[i].value != node.hash);
        }
        // Seals are computed as hashes are.
        if (i > 1) {
            CHECK(links[i].value ==
                  merkle::hash_stored(links[i - 1].value, one_model, "user", nodes[i].content));
        }
    }
}

TEST_CASE("a stand-in tells nothing without the store's key, and is the same with it") {
    const auto nodes = chain_of({"password 1"});
    const auto stand_in = [&](const std::string& key) {
        return proof_chain{key}.add(as(nodes[0], carried::withheld))->value;
    };
    CHECK(stand_in("one") == stand_in("one"));
    CHECK(stand_in("one") != stand_in("two"));
    CHECK(stand_in("one") != nodes[0].hash);
    CHECK(stand_in(std::string(100, 'k')) != stand_in(std::string(101, 'k')));
}

TEST_CASE("what is left out behind a withheld node has a stand-in, too") {
    const auto nodes = chain_of({"password", "large", "c"});
    proof_chain made{"key"};
    made.add(as(nodes[0], carried::withheld));
    CHECK(made.add(as(nodes[1], carried::left_out))->kind == form::stand_in);
    CHECK(made.add(as(nodes[2], carried::whole))->kind == form::seal);
    proof_chain other{"key"};
    other.add({9, 0, nodes[1].hash, one_model, "user", "", carried::left_out});
    CHECK(other.find(9)->kind == form::hash);
}

}  // namespace proof_chain_test
