#pragma once

#include <tapes/api/long_body.hpp>
#include <tapes/api/record.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tapes::api {

/// A node's content, with what stands around it in an answer.
struct framed_node {
    std::string before;
    std::int64_t node = 0;
    std::uint64_t size = 0;  ///< of the content
    std::string behind;
};

std::uint64_t content_size(record& from, std::int64_t node);

/// Nodes one behind the other, whose contents are read while they are written: however large they are, little
/// of them is in memory.
class node_body : public long_body {
public:
    /// Tells the nodes one by one; nothing behind the last.
    using next_node = std::function<std::optional<framed_node>(record&)>;

    /// `bytes` are those of all of them.
    node_body(std::uint64_t bytes, next_node next) : left_{bytes}, next_{std::move(next)} {}

    std::uint64_t left() const override { return left_; }
    void read(record& from, std::string& to, std::size_t most) override;

private:
    void read_content(record& from, std::string& to, std::size_t most);

    std::uint64_t left_;
    next_node next_;
    std::optional<framed_node> now_;
    std::uint64_t at_ = 0;  ///< in its content
};

}  // namespace tapes::api
