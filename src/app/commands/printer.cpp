#include <tapes/app/printer.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/visible.hpp>
#include <tapes/text/width.hpp>

#include <algorithm>
#include <ostream>
#include <streambuf>
#include <utility>

namespace tapes::app {

namespace {

/// Gathers bytes by lines, so that no character is cut, and shows them.
class visible_buffer final : public std::streambuf {
public:
    explicit visible_buffer(std::ostream& out) : out_{out} {}

protected:
    int_type overflow(int_type c) override {
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            const char one = traits_type::to_char_type(c);
            xsputn(&one, 1);
        }
        return traits_type::not_eof(c);
    }
    std::streamsize xsputn(const char* bytes, std::streamsize size) override {
        line_.append(bytes, static_cast<std::size_t>(size));
        const auto newline = line_.rfind('\n');
        if (newline != std::string::npos) {
            show(newline + 1);
        }
        if (line_.size() > longest_line) {
            show(line_.size() - cut_character());
        }
        return size;
    }
    int sync() override {
        show(line_.size());
        return out_.flush() ? 0 : -1;
    }

private:
    static constexpr std::size_t longest_line = 64 * 1024;

    /// Returns how many bytes at the end may be the beginning of a character.
    std::size_t cut_character() const {
        for (std::size_t back = 1; back <= std::min<std::size_t>(3, line_.size()); ++back) {
            const auto byte = static_cast<unsigned char>(line_[line_.size() - back]);
            if (byte < 0x80) {
                return 0;
            }
            if (byte >= 0xC0) {
                return text::first_utf8(std::string_view{line_}.substr(line_.size() - back)).valid ? 0 : back;
            }
        }
        return 0;
    }
    void show(std::size_t size) {
        out_ << text::visible_lines(std::string_view{line_}.substr(0, size));
        line_.erase(0, size);
    }

    std::ostream& out_;
    std::string line_;
};

}  // namespace

class printer::visible_stream final : public std::ostream {
public:
    explicit visible_stream(std::ostream& out) : std::ostream{nullptr}, buffer_{out} { rdbuf(&buffer_); }
    ~visible_stream() override { flush(); }

private:
    visible_buffer buffer_;
};

column left(std::size_t width, std::string_view value) {
    return {std::string{value}, width};
}

column left(std::size_t width, std::uint64_t value) {
    return {std::to_string(value), width};
}

column right(std::size_t width, std::uint64_t value) {
    return {std::to_string(value), width, column::side::right};
}

printer::printer(std::ostream& out, device kind)
    : out_{out}, shown_{kind == device::terminal ? std::make_unique<visible_stream>(out) : nullptr} {}

printer::~printer() = default;

void printer::write(std::string_view layout) {
    out_ << layout;
}

printer& printer::operator<<(std::string_view value) {
    line_.clear();
    text::append_visible(line_, value);
    out_ << line_;
    return *this;
}

printer& printer::operator<<(const column& value) {
    line_.clear();
    text::append_visible(line_, value.text);
    const auto width = text::width_of(line_);
    line_.insert(value.aligned == column::side::right ? 0 : line_.size(),
                 value.width - std::min(width, value.width), ' ');
    out_ << line_;
    return *this;
}

void printer::lines(std::string_view text) {
    out_ << text::visible_lines(text);
}

void printer::json(std::string_view text) {
    line_.clear();
    text::append_visible_json(line_, text);
    out_ << line_ << '\n';
}

std::ostream& printer::bytes() {
    return shown_ ? *shown_ : out_;
}

void printer::flush() {
    bytes().flush();
}

bool printer::gone() const noexcept {
    return !out_.good();
}

}  // namespace tapes::app
