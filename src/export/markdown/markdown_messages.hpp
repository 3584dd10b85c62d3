#pragma once

#include "markdown/quoting_sink.hpp"

#include <tapes/export/secret_filter.hpp>
#include <tapes/read/transcript.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::exports {

/// How much of one message a transcript tells.
inline constexpr read::block_limits markdown_limits{std::size_t{1} << 20, std::size_t{256} << 10,
                                                    std::size_t{4} << 20, 4096};

/// Writes what was said, message by message, and the exchanges between.
class markdown_messages {
public:
    /// Both must live longer.
    markdown_messages(quoting_sink& out, secret_filter& secrets)
        : out_{out}, secrets_{secrets}, unlisted_{secrets.keeps()} {}

    void write(const read::entry& one);
    void write(const read::message& one);
    void write(const read::exchange& one);
    void write(const read::branches& one);
    void write(const read::begun_thread& one);

private:
    void write_block(const read::block& one, std::string_view said);
    void write_said(std::string_view said, const read::excerpt& of);
    void write_folded(std::string_view label, std::string_view said, const read::excerpt& of);
    void write_call(const read::block& one);
    void write_result(const read::block& one);
    void write_image(const read::block& one);
    void write_rest(const read::excerpt& of);
    std::string cleaned(const read::excerpt& text);
    std::string where(const read::block& one) const;

    quoting_sink& out_;
    secret_filter& secrets_;
    secret_filter unlisted_;  ///< for what stands elsewhere, too, and is counted there
    std::uint64_t number_ = 0;
    std::string where_;
};

}  // namespace tapes::exports
