#include "commands/import_page.hpp"

#include "commands/counted.hpp"

#include <tapes/export/page_reader.hpp>

#include <array>
#include <cstdint>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::size_t piece_size = std::size_t{256} << 10;
constexpr std::size_t mark_within = 1024;

std::ifstream opened(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        throw std::runtime_error{path + " cannot be read"};
    }
    return file;
}

void read_page(const std::string& path, exports::page_reader& into) {
    auto file = opened(path);
    std::string piece(piece_size, '\0');
    try {
        while (file) {
            file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
            into.feed(std::string_view{piece}.substr(0, static_cast<std::size_t>(file.gcount())));
        }
        into.end();
    } catch (const exports::page_fault& fault) {
        throw std::runtime_error{path + " is not taken: " + fault.what()};
    }
}

/// Gives nodes that were proved to a store, in lots.
class page_import {
public:
    page_import(store::import_target& target, bool announce) : target_{target}, announce_{announce} {}

    void take(exports::page_node&& node) {
        const auto parent = node.parent ? std::optional{places_[*node.parent]} : std::nullopt;
        const bool same_parent = !parent || parent->same;
        place here{node.value, node.genuine && node.whole && same_parent};
        // One that is not whole here may be whole in this store.
        if (!here.same && node.genuine && !node.whole && is_known(node.value)) {
            places_.push_back({node.value, true});
            ++known_;
            return;
        }
        if (node.left_out) {
            node.content = R"([{"type":"text","text":"[left out of the export: it was too large]"}])";
        }
        if (!here.same) {
            const auto hash = merkle::hash_stored(parent ? std::optional{parent->hash} : std::nullopt,
                                                  node.identity, node.role, node.content);
            here.hash = hash.value_or(node.value);
            ++renamed_;
        }
        places_.push_back(here);
        add(here, parent, std::move(node));
    }

    void finish() {
        flush();
        target_.end();
    }

    std::uint64_t added() const noexcept { return added_; }
    std::uint64_t known() const noexcept { return known_ + offered_ - added_; }
    std::uint64_t renamed() const noexcept { return renamed_; }

private:
    struct place {
        merkle::digest hash{};
        bool same = false;  ///< it is the hash that it had in the store that it came from
    };

    bool is_known(const merkle::digest& hash) {
        flush();
        return target_.known(std::span{&hash, 1}).front();
    }

    void add(const place& here, const std::optional<place>& parent, exports::page_node&& node) {
        constexpr std::size_t most_rows = 256;
        constexpr std::size_t most_bytes = std::size_t{4} << 20;
        store::import_row row;
        row.hash = here.hash;
        if (parent) {
            row.parent = parent->hash;
        }
        row.node.identity = std::move(node.identity);
        row.node.role = std::move(node.role);
        row.node.content = std::move(node.content);
        row.node.stop_reason = std::move(node.stop_reason);
        row.node.project = std::move(node.project);
        row.node.created_at_us = node.created_at_us.value_or(0);
        bytes_ += row.node.content.size();
        rows_.push_back(std::move(row));
        if (rows_.size() == most_rows || bytes_ > most_bytes) {
            flush();
        }
    }

    void flush() {
        if (!rows_.empty()) {
            offered_ += rows_.size();
            added_ += target_.take(rows_, announce_);
        }
        rows_.clear();
        bytes_ = 0;
    }

    store::import_target& target_;
    bool announce_;
    std::vector<place> places_;
    std::vector<store::import_row> rows_;
    std::size_t bytes_ = 0;
    std::uint64_t added_ = 0, offered_ = 0, known_ = 0, renamed_ = 0;
};

}  // namespace

bool is_exported_page(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string first(mark_within, '\0');
    file.read(first.data(), static_cast<std::streamsize>(first.size()));
    first.resize(static_cast<std::size_t>(file.gcount()));
    return first.find(exports::page_mark) != std::string::npos;
}

int import_page(const std::string& from, const std::string& into, store::import_target& target, bool announce,
                printer& out) {
    exports::page_reader proved{[](const exports::page_node&) {}};
    read_page(from, proved);
    page_import taken{target, announce};
    exports::page_reader again{[&taken](exports::page_node&& node) { taken.take(std::move(node)); }};
    read_page(from, again);
    taken.finish();
    out << "imported " << counted(taken.added(), "node") << " from " << from << " into " << into;
    if (taken.known() != 0) {
        out << "; " << taken.known() << " were there already";
    }
    if (taken.renamed() != 0) {
        out << "; " << counted(taken.renamed(), "node")
            << " from where something was taken out on have hashes of their own";
    }
    out << "\n";
    return 0;
}

}  // namespace tapes::app
