#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::llm {

/// Cuts bytes that come in any split into lines that end in CRLF, LF or CR. Linear in the bytes fed.
class line_splitter {
public:
    /// Calls `on_line(line, begin)` for each line that ends in `bytes`; `begin` is where it began in `bytes`,
    /// 0 where that was in an earlier call. The line is valid during the call.
    template <class OnLine>
    void feed(std::string_view bytes, OnLine&& on_line) {
        std::size_t at = 0;
        if (after_cr_ && !bytes.empty()) {
            after_cr_ = false;
            at = bytes[0] == '\n' ? 1 : 0;
        }
        std::size_t lf = bytes.find('\n', at);
        std::size_t cr = bytes.find('\r', at);
        for (std::size_t end = std::min(lf, cr); end != std::string_view::npos; end = std::min(lf, cr)) {
            emit(bytes.substr(at, end - at), at, on_line);
            at = end + 1;
            if (end == cr) {
                after_cr_ = at == bytes.size();
                at += at < bytes.size() && bytes[at] == '\n' ? 1 : 0;
                cr = bytes.find('\r', at);
            }
            if (lf != std::string_view::npos && lf < at) {
                lf = bytes.find('\n', at);
            }
        }
        partial_.append(bytes.substr(at));
    }

    /// Returns the start of a line whose end has not come.
    std::string_view rest() const noexcept { return partial_; }

    /// Returns the same, and forgets it.
    std::string take_rest() { return std::exchange(partial_, {}); }

    std::size_t held_bytes() const noexcept { return partial_.capacity(); }

private:
    template <class OnLine>
    void emit(std::string_view line, std::size_t begin, OnLine& on_line) {
        constexpr std::size_t kept_capacity = 65536;
        if (partial_.empty()) {
            on_line(line, begin);
            return;
        }
        partial_.append(line);
        on_line(std::string_view(partial_), std::size_t{0});
        partial_.clear();
        if (partial_.capacity() > kept_capacity) {
            partial_.shrink_to_fit();
        }
    }

    std::string partial_;
    bool after_cr_ = false;
};

}  // namespace tapes::llm
